import { parentPort } from 'node:worker_threads';
import { asLine, type AcceptedPage, type GetPage, type LandedLines, parsePage, walkCollection, type UpstreamPage, type WalkResult, type WalkSink } from '@lastgood/sources';
import { packLines, unpackLines } from './landed-bytes.js';
import { Moved, ThreadCalls } from './thread-calls.js';
import type { AnswerToParse, AskForPage, PageToLand, StoredPage, WalkTask } from './walk-messages.js';

const maxUnpackedBytes = 1024 ** 3;

/** The walk of one collection after the other in a thread of its own: parsing, checking, redacting and compressing pages stall nobody else. */
class WalkThread {
  readonly #calls: ThreadCalls;
  readonly #parsed = new Map<number, UpstreamPage>();
  #task: WalkTask | null = null;
  #told: { toldTotal: number | null; revision: string | null } = { toldTotal: null, revision: null };
  #lastAsk = 0;

  constructor(port: NonNullable<typeof parentPort>) {
    this.#calls = new ThreadCalls(port, {
      walk: (task: WalkTask) => this.#walk(task),
      parse: (answer: AnswerToParse) => this.#parse(answer),
    });
  }

  async #walk(task: WalkTask): Promise<{ result: WalkResult; offered: StoredPage[] }> {
    this.#task = task;
    this.#told = { toldTotal: null, revision: null };
    this.#parsed.clear();
    const offered: StoredPage[] = [];
    const { collection, settings, pageSize, concurrency, adopt } = task;
    const result = await walkCollection((ask) => this.#getPage(ask), this.#sink(), {
      collection, settings, pageSize, concurrency,
      signal: new AbortController().signal,
      ...(adopt === null ? {} : { adopt: { ...adopt, pages: this.#adoptable(offered) } }),
      onProgress: (news) => void this.#calls.call('news', news).catch(() => undefined),
    });
    return { result, offered };
  }

  async #getPage({ offset, limit, signal }: Parameters<GetPage>[0]): Promise<UpstreamPage> {
    const ask = (this.#lastAsk += 1);
    const abandon = () => void this.#calls.call('abandon', ask).catch(() => undefined);
    signal.addEventListener('abort', abandon, { once: true });
    try {
      await this.#calls.call('page', { ask, offset, limit } satisfies AskForPage);
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    const page = this.#parsed.get(ask);
    this.#parsed.delete(ask);
    if (!page) throw new Error('a page was answered without having been parsed');
    return page;
  }

  #parse({ ask, answer, nowMs }: AnswerToParse): void {
    const task = this.#task;
    if (!task) throw new Error('there is no walk to parse for');
    const { kind, collection, redact, settings } = task;
    const body = Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength).toString('utf8');
    const page = parsePage(kind, collection, { status: answer.status, headers: answer.headers, body }, { redact, envelope: settings.envelope, nowMs });
    this.#told = { toldTotal: page.toldTotal, revision: page.revision };
    this.#parsed.set(ask, { ...page, records: page.records.map(asLine) });
  }

  #sink(): WalkSink {
    return {
      land: async ({ offset, round, lines }: AcceptedPage) => {
        const { bytes, sha256 } = packLines(lines);
        const page: PageToLand = { offset, round, rows: lines.length, bytes, sha256, size: bytes.length, ...this.#told };
        await this.#calls.call('land', new Moved(page, [bytes.buffer]));
      },
      restart: async (round, reason) => {
        await this.#calls.call('restart', { round, code: reason.code });
      },
    };
  }

  async *#adoptable(offered: StoredPage[]): AsyncGenerator<LandedLines> {
    for (;;) {
      const stored = await this.#calls.call<{ offset: number; bytes: Uint8Array } | null>('adopt', null);
      const page = stored ? unpackLines(stored.bytes, maxUnpackedBytes) : null;
      if (!stored || !page) return;
      offered.push({ offset: stored.offset, rows: page.lines.length, sha256: page.sha256, size: stored.bytes.length });
      yield { offset: stored.offset, lines: page.lines };
    }
  }
}

if (parentPort) new WalkThread(parentPort);
