import { setTimeout as delay } from 'node:timers/promises';
import { Problem, StudentsAnswer } from '@lastgood/contracts';
import { DISTRICT, until } from './lastgood-client.js';
import { Oracle } from './oracle.js';

export interface ReadReport {
  reads: number;
  /** Answers that were no success, or no answer at all, and why. */
  failed: number;
  failures: Record<string, number>;
  /** Answers that differ from what the oracle finds in the snapshot they name. */
  wrong: number;
  /** Answers with an older log number than an answer before them. */
  backwards: number;
  /** Answers whose snapshot could not be downloaded to compare them; 0 after `stop` unless the download fails for half a minute. */
  unchecked: number;
}

/** Who answers paths as the gateway does. */
export interface Answering {
  fetch(path: string): Promise<Response>;
}

interface Answer {
  snapshot: string;
  q: string;
  ids: string[];
}

const LIMIT = 200;
const WORDS = ['a', 'ma', 'jo', 'le', 'an'];

/** A reader that searches again and again while things happen, and compares every answer with the JSONL of the snapshot it names. */
export class ReaderBeside {
  readonly #report = { reads: 0, failed: 0, wrong: 0, backwards: 0 };
  readonly #failures: Record<string, number> = {};
  readonly #oracles = new Map<string, Oracle>();
  #unchecked: Answer[] = [];
  #download: Promise<void> | null = null;
  #stopping = false;
  #loop: Promise<void> | null = null;
  #logNumber = 0;

  constructor(private readonly product: Answering, private readonly pauseMs = 5, private readonly district = DISTRICT) {}

  start(): void {
    this.#stopping = false;
    this.#loop ??= this.#read();
  }

  /** Ends the reading and compares what is left to compare. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    this.#loop = null;
    await until(async () => {
      this.#check();
      await this.#download;
      return this.#unchecked.length === 0;
    }, 30_000, 'the snapshots of the last answers').catch(() => undefined);
  }

  report(): ReadReport {
    return { ...this.#report, failures: { ...this.#failures }, unchecked: this.#unchecked.length };
  }

  async #read(): Promise<void> {
    for (let index = 0; !this.#stopping; index += 1) {
      await this.#readOnce(WORDS[index % WORDS.length] ?? 'a');
      this.#check();
      await delay(this.pauseMs);
    }
  }

  async #readOnce(q: string): Promise<void> {
    this.#report.reads += 1;
    let body: unknown;
    let status = 0;
    try {
      const response = await this.product.fetch(`/api/v1/districts/${this.district}/students?q=${q}&similar=false&limit=${LIMIT}`);
      status = response.status;
      body = await response.json();
    } catch {
      return this.#failed('no answer');
    }
    if (status !== 200) return this.#failed(`${status} ${Problem.safeParse(body).data?.code ?? ''}`);
    const [source] = StudentsAnswer.parse(body).sources;
    if (!source?.snapshot) return this.#failed(source?.problem?.code ?? 'no snapshot');
    if (source.snapshot.logNumber < this.#logNumber) this.#report.backwards += 1;
    this.#logNumber = Math.max(this.#logNumber, source.snapshot.logNumber);
    this.#unchecked.push({ snapshot: source.snapshot.id, q, ids: source.items.map(({ sourcedId }) => sourcedId) });
  }

  #failed(why: string): void {
    this.#report.failed += 1;
    this.#failures[why] = (this.#failures[why] ?? 0) + 1;
  }

  /** Compares the answers whose snapshots are here, and sees to it that the next one comes; reading goes on meanwhile. */
  #check(): void {
    this.#unchecked = this.#unchecked.filter(({ snapshot, q, ids }) => {
      const oracle = this.#oracles.get(snapshot);
      if (!oracle) return true;
      const expected = oracle.find({ q });
      if (ids.length !== Math.min(LIMIT, expected.size) || !ids.every((id) => expected.has(id))) this.#report.wrong += 1;
      return false;
    });
    const [next] = this.#unchecked;
    if (next) this.#download ??= this.#fetchOracle(next.snapshot).finally(() => (this.#download = null));
  }

  async #fetchOracle(snapshot: string): Promise<void> {
    try {
      const file = await this.product.fetch(`/api/v1/districts/${this.district}/snapshots/${snapshot}/files/students.jsonl`);
      if (file.status === 200) this.#oracles.set(snapshot, new Oracle(await file.text()));
      else await file.arrayBuffer();
    } catch {
      // The store may be away; the answers wait for it.
    }
  }
}
