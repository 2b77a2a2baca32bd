import { connect, type ChannelModel } from 'amqplib';
import type { BusClock } from '../system-clock.js';
import type { BrokerAddress } from './broker-address.js';
import { brokerTrouble } from './broker-error.js';
import { StateReport, type BusReport } from './bus-report.js';
import { Changes } from './changes.js';

/** What everything that keeps something open on the broker needs. */
export interface BrokerTools {
  clock: BusClock;
  random: () => number;
  report: BusReport;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that lived this long was a good one: the next loss is waited out from the start. */
const GOOD_AFTER_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
const REFUSALS = 5;

/** The wait in ms before try number `failures` + 1, from 0.1 s to 10 s, less up to a quarter so that replicas do not come all at once. */
export function waitAfter(failures: number, random: () => number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10)) * (1 - random() / 4);
}

/**
 * One connection that is opened again whenever it is lost, after growing waits, for ever; but after five refusals in a row (credentials, virtual
 * host) it is given up until the process starts anew, and `trouble` says so.
 */
export class BrokerConnection {
  readonly changes = new Changes();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #state: StateReport;
  #model: ChannelModel | null = null;
  #blocked = false;
  #trouble: string | null;
  #tries = 0;

  /** `use` names the connection in the broker's list, as `publish`. */
  constructor(private readonly address: BrokerAddress, private readonly use: string, private readonly tools: BrokerTools) {
    this.#trouble = `${address.label} is being connected`;
    this.#state = new StateReport(tools.report, `${address.label} works: ${use}`);
    this.#running = this.#run();
  }

  /** The open connection, if there is one. */
  get model(): ChannelModel | null {
    return this.#model;
  }

  /** The broker takes nothing from us for now: it is short of memory or disk. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  /** True once the first try to connect has ended, well or not. */
  get wasTried(): boolean {
    return this.#tries > 0;
  }

  trouble(): string | null {
    if (this.#blocked) return `${this.address.label} takes no messages for now: it is short of memory or disk`;
    return this.#trouble;
  }

  /** The open connection, now or later; rejects when the signal is aborted. */
  async next(signal: AbortSignal): Promise<ChannelModel> {
    for (;;) {
      if (this.#model !== null) return this.#model;
      await this.changes.next(signal);
    }
  }

  /** Disconnects and waits for the end; within 2 s, whatever the broker does. */
  async close(): Promise<void> {
    this.#closing.abort();
    const model = this.#model;
    if (model !== null) {
      const closed = model.close().catch(() => undefined);
      await Promise.race([closed, this.tools.clock.sleep(CLOSE_TIMEOUT_MS)]);
      destroySocket(model);
    }
    await Promise.race([this.#running, this.tools.clock.sleep(CLOSE_TIMEOUT_MS)]);
  }

  async #run(): Promise<void> {
    let failures = 0;
    let refusals = 0;
    while (!this.#closing.signal.aborted && refusals < REFUSALS) {
      const began = this.tools.clock.now();
      const trouble = await this.#connectAndLive();
      refusals = trouble.refused ? refusals + 1 : 0;
      failures = this.tools.clock.now() - began > GOOD_AFTER_MS ? 0 : failures + 1;
      this.#tell(`${this.address.label} ${trouble.words}${refusals < REFUSALS ? '' : '; this is not tried again until the process is started anew'}`);
      if (refusals < REFUSALS) await this.tools.clock.sleep(waitAfter(trouble.refused ? failures + 2 : failures - 1, this.tools.random), this.#closing.signal).catch(() => undefined);
    }
  }

  /** Resolves with the reason when the connection could not be made or has ended. */
  async #connectAndLive(): Promise<ReturnType<typeof brokerTrouble>> {
    try {
      const model = await connect(this.address.options, {
        noDelay: true, keepAlive: true, timeout: CONNECT_TIMEOUT_MS, clientProperties: { connection_name: `lastgood ${this.use}` },
      });
      return brokerTrouble(await this.#live(model));
    } catch (error) {
      return brokerTrouble(error);
    } finally {
      this.#tries += 1;
      this.#model = null;
      this.#blocked = false;
    }
  }

  #live(model: ChannelModel): Promise<unknown> {
    return new Promise((resolve) => {
      let cause: unknown;
      model.on('error', (error) => {
        cause = error;
      });
      model.on('close', (error) => {
        // What waits for a connection must not be given this one again.
        this.#model = null;
        destroySocket(model);
        resolve(cause ?? error);
      });
      model.on('blocked', () => this.#setBlocked(true));
      model.on('unblocked', () => this.#setBlocked(false));
      if (this.#closing.signal.aborted) return void model.close().catch(() => undefined);
      this.#model = model;
      this.#tries += 1;
      this.#tell(null);
    });
  }

  #setBlocked(blocked: boolean): void {
    this.#blocked = blocked;
    this.#state.tell(this.trouble());
    this.changes.tell();
  }

  #tell(trouble: string | null): void {
    this.#trouble = trouble;
    if (!this.#closing.signal.aborted) this.#state.tell(trouble);
    this.changes.tell();
  }
}

/** amqplib only ends its side of the socket; one that the other side never ends would keep the process alive. */
function destroySocket(model: ChannelModel): void {
  const stream: unknown = Reflect.get(model.connection, 'stream');
  if (typeof stream === 'object' && stream !== null && 'destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
}
