import { FINAL_PHASES, Run } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { FastifyReply } from 'fastify';
import type { Services } from '../api/services.js';

const HEARTBEAT_MS = 15_000;
/** Slow enough to cost nothing, fast enough that a lost event is not missed. */
const POLL_MS = 5_000;
const MAX_STREAMS = 2_000;

/** Server-sent events of runs: fed by `run.changed`, and by asking the writer every 5 s, so that a lost event only costs time. */
export class RunEventStreams {
  readonly #listeners = new Map<string, Set<(run: Run) => void>>();
  readonly #closing = new AbortController();
  #open = 0;

  constructor(private readonly services: Services, private readonly clock: Clock) {}

  /** A run moved; whoever watches it is told. */
  publish(run: Run): void {
    for (const tell of this.#listeners.get(run.id) ?? []) tell(run);
  }

  /**
   * Serves one client until the run is over or the client leaves. Event ids are states of the run, so a client that comes back with
   * `Last-Event-ID` is told at once only what it has not seen. With more than 2,000 open streams new ones end at once with `retry`.
   */
  async serve(id: string, lastEventId: string | undefined, reply: FastifyReply): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.write('retry: 5000\n\n');
    if (this.#open >= MAX_STREAMS) {
      raw.end();
      return;
    }
    this.#open += 1;
    const done = new AbortController();
    raw.once('close', () => done.abort());
    const signal = AbortSignal.any([done.signal, this.#closing.signal]);
    let lastId = lastEventId ?? '';
    const tell = (run: Run): void => {
      // The end may be told and asked for at the same moment.
      if (done.signal.aborted) return;
      const eventId = stateOf(run);
      const over = FINAL_PHASES.includes(run.phase);
      if (eventId === lastId && !over) return;
      lastId = eventId;
      if (!raw.writableEnded && raw.writableLength < 1_000_000) raw.write(`id: ${eventId}\nevent: ${over ? 'end' : 'progress'}\ndata: ${JSON.stringify(run)}\n\n`);
      if (over) done.abort();
    };
    this.#listen(id, tell);
    try {
      await this.#follow(id, tell, () => raw.write(': still here\n\n'), signal);
    } finally {
      this.#listeners.get(id)?.delete(tell);
      if (this.#listeners.get(id)?.size === 0) this.#listeners.delete(id);
      this.#open -= 1;
      if (!raw.writableEnded) raw.end();
    }
  }

  /** Ends every stream; clients reconnect by themselves. */
  close(): void {
    this.#closing.abort();
  }

  #listen(id: string, tell: (run: Run) => void): void {
    const listeners = this.#listeners.get(id) ?? new Set();
    listeners.add(tell);
    this.#listeners.set(id, listeners);
  }

  async #follow(id: string, tell: (run: Run) => void, heartbeat: () => void, signal: AbortSignal): Promise<void> {
    let beatMs = this.clock.now();
    while (!signal.aborted) {
      await this.services.writer.json(Run, `/internal/runs/${id}`).then(tell, () => undefined);
      if (this.clock.now() - beatMs >= HEARTBEAT_MS) {
        beatMs = this.clock.now();
        heartbeat();
      }
      await this.clock.sleep(POLL_MS, signal).catch(() => undefined);
    }
  }
}

/** Names a state of a run: phase, epoch and how many pages and records there are. Older states sort before newer ones only by chance. */
function stateOf(run: Run): string {
  return `${run.epoch ?? 0}.${run.phase}.${run.progress.pages}.${run.progress.records}`;
}
