import { DistrictStatus, FINAL_PHASES, Run } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApartProduct } from './apart-product.js';
import { HEARD_WITHIN_MS, until } from './lastgood-client.js';
import { ReaderBeside } from './reader-beside.js';
import type { ServiceProcess } from './service-process.js';

const PEOPLE = 100;
const LOOK_EVERY_MS = 250;
const READ_PAUSE_MS = 400;

/** One district of the services that are broken, with an upstream and two readers of its own. */
export class FaultLane {
  readonly throughGateway: ReaderBeside;
  /** Asks one search only, and gets no answer while that one is away. */
  readonly direct: ReaderBeside;

  constructor(readonly district: string, readonly upstream: RunningSimulator, private readonly product: ApartProduct, search: ServiceProcess) {
    this.throughGateway = new ReaderBeside(product, READ_PAUSE_MS, district);
    this.direct = new ReaderBeside({ fetch: (path) => product.ask(search, path.replace('/api/v1/', '/internal/')) }, READ_PAUSE_MS, district);
  }

  static startUpstream(seed: number): Promise<RunningSimulator> {
    return startSimulator({ people: PEOPLE, seed, auth: { kind: 'bearer', token: 'upstream-token' } });
  }

  /** Asks for one refresh after the other, always twice at once, until it is told to end; whoever should have answered may be dead. */
  async refreshAgainAndAgain(signal: AbortSignal): Promise<void> {
    let run: Run | null = null;
    while (!signal.aborted) {
      run = await (run === null || FINAL_PHASES.includes(run.phase) ? this.#askTwice() : this.product.get(Run, `/api/v1/runs/${run.id}`)).catch(() => run);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** One of the two joins the run of the other. */
  async #askTwice(): Promise<Run> {
    const other = this.product.request(this.district).catch(() => null);
    return await this.product.request(this.district).finally(() => other);
  }

  /** Starts a run or joins the active one, within half a minute. */
  async ask(): Promise<Run> {
    let taken: Run | null = null;
    let refusal = '';
    await until(async () => {
      taken = await this.product.request(this.district).catch((error: unknown) => {
        refusal = String(error);
        return null;
      });
      return taken !== null;
    }, 30_000, `a refresh of ${this.district} to be taken`, 200).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${refusal}`, { cause: error });
    });
    return taken as unknown as Run;
  }

  /** The run that was active goes on by itself, and a request joins it: then one more is asked for. That one publishes, and readers get it. */
  async refreshesAfter(after: string, limitMs: number): Promise<void> {
    const first = await this.ask();
    const run = await this.product.endOf(first.id, limitMs);
    const fresh = first.requestedAt > after ? run : await this.product.endOf((await this.ask()).id, limitMs);
    expect(fresh).toMatchObject({ district: this.district, phase: 'published' });
    await until(async () => {
      const [source] = (await this.product.get(DistrictStatus, `/api/v1/snapshots/${this.district}/status`)).sources;
      return source?.current?.id === fresh.snapshot;
    }, HEARD_WITHIN_MS, 'the new snapshot to be current');
  }
}
