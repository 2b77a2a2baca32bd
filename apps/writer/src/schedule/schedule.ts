import { ServiceError, SourceConfig, type DistrictConfig, type RefreshAnswer, type ScheduleAnswer, type ScheduleBody } from '@lastgood/contracts';
import type { Clock, Districts, Log } from '@lastgood/service-runtime';
import type { Kysely } from 'kysely';
import type { RefreshRequest } from '../runs/request-refresh.js';
import { RunStore } from '../runs/run-store.js';
import type { RunsTable, ScheduleOverridesTable, TicksTable, WriterTables } from '../tables.js';
import { ScheduleOverrides } from './schedule-overrides.js';
import { ticksOf, type Ticks } from './ticks-of.js';

const CLAIM_MS = 60_000;
const MISSED_COUNTED = 1000;
const KEEP_TICKS_MS = 90 * 86_400_000;
/** Rows that one statement inserts, well below what databases take as parameters. */
const INSERTED_AT_ONCE = 500;
const STARTED_PER_LOOK = 100;

export interface ScheduleSettings {
  /** Waits before the automatic retries of a failed scheduled run, minutes; their number is the number of retries. */
  retryAfterMinutes: readonly number[];
  /** Refresh a source that was never seen before at once, instead of at its first tick. */
  refreshNewSources: boolean;
  /** Ticks wait in their table while so many runs are under way, whoever asked for them. */
  runsAtOnce: number;
}

type NewTick = Omit<TicksTable, 'claimed_at' | 'run'> & { run?: 'none' };

interface Scheduled {
  district: string;
  source: string;
  timeZone: string;
  /** As the file has it. */
  configured: SourceConfig['schedule'];
  override: ScheduleOverridesTable | null;
  /** Null for a source that is refreshed by hand only. */
  ticks: Ticks | null;
  nextMs: number | null;
}

const DEFAULT_SCHEDULE = JSON.stringify(SourceConfig.shape.schedule.parse(undefined));

/**
 * Refreshes every source at its ticks. A tick is a row before it is a run, so that it runs once however many writers there are and is not lost
 * when one dies in between; ticks that passed while no writer ran give one run. A schedule that was set by hand goes before the file's; every writer reads it at its next look.
 */
export class Schedule {
  readonly #sources = new Map<string, Scheduled>();
  readonly #overrides: ScheduleOverrides;
  readonly #runs: RunStore;

  constructor(
    private readonly db: Kysely<WriterTables>,
    private readonly districts: Districts,
    private readonly refresh: { request(request: RefreshRequest): Promise<RefreshAnswer> },
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly settings: ScheduleSettings,
  ) {
    this.#overrides = new ScheduleOverrides(db);
    this.#runs = new RunStore(db);
    for (const district of districts.all) for (const source of district.sources) this.#sources.set(`${district.id}/${source.id}`, scheduledOf(district, source));
  }

  /** Notices what was missed and what comes next; call before the first `look`. */
  async start(): Promise<void> {
    await this.#readOverrides();
    const newest = await this.#newestTicks();
    const now = this.clock.now();
    await this.#enter(this.db, ...[...this.#sources].flatMap(([key, scheduled]) => this.#catchUp(scheduled, newest.get(key) ?? null, now)));
    const next = [...this.#sources.values()].flatMap(({ nextMs }) => nextMs ?? []).sort((a, b) => a - b)[0];
    this.log.info('The schedule is known.', { sources: [...this.#sources.values()].filter(({ ticks }) => ticks !== null).length, nextRunAt: next === undefined ? null : iso(next) });
  }

  /** When the source is refreshed next by its schedule; null for `off`. */
  nextRunAt(district: string, source: string): string | null {
    const scheduled = this.#sources.get(`${district}/${source}`);
    const next = scheduled?.nextMs ?? scheduled?.ticks?.next(this.clock.now()) ?? null;
    return next === null ? null : iso(next);
  }

  /** The schedule of a source, whichever writer it was told to. Throws `unknown_district` or `unknown_source`. */
  async of(district: string, source: string): Promise<ScheduleAnswer> {
    const { id } = this.districts.source(district, source);
    await this.#readOverrides();
    const { override, configured } = this.#sources.get(`${district}/${id}`) as Scheduled;
    const next = this.nextRunAt(district, id);
    if (override !== null && override.cron !== null) return { cron: override.cron, timeZone: override.time_zone, from: 'override', next };
    if (configured === 'off') return { cron: 'off', timeZone: null, from: 'file', next };
    return { cron: configured.cron, timeZone: configured.timeZone ?? null, from: JSON.stringify(configured) === DEFAULT_SCHEDULE ? 'default' : 'file', next };
  }

  /** Sets a schedule instead of the file's, or takes that back; counts from now. Throws `invalid_schedule`, and as `of`. */
  async set(district: string, source: string, schedule: ScheduleBody, actor: string): Promise<ScheduleAnswer> {
    const { id } = this.districts.source(district, source);
    if (schedule !== null) refuseUnusable(schedule, this.clock.now());
    await this.#overrides.set({ district, source: id, cron: schedule?.cron ?? null, time_zone: schedule?.timeZone ?? null, set_at: iso(this.clock.now()), actor });
    this.log.info('The schedule of a source was set.', { district, source: id, cron: schedule?.cron ?? 'as configured', actor });
    return this.of(district, id);
  }

  /** Enters the ticks that came due and starts what waits. Call every few seconds. */
  async look(): Promise<void> {
    await this.#readOverrides();
    const now = this.clock.now();
    const due = [...this.#sources.values()].filter(({ ticks, nextMs }) => ticks !== null && nextMs !== null && nextMs <= now);
    await this.#enter(this.db, ...due.map(({ district, source, nextMs }) => ({ district, source, tick: iso(nextMs ?? now), kind: 'schedule' as const, retry: 0 })));
    for (const scheduled of due) scheduled.nextMs = scheduled.ticks?.next(now) ?? null;
    await this.#startWaiting();
  }

  /** A scheduled run that failed for a passing reason is tried again later, a bounded number of times. Part of the transaction that ends the run. */
  async planRetry(transaction: Kysely<WriterTables>, row: RunsTable): Promise<void> {
    const failure = row.failure === null ? null : JSON.parse(row.failure) as { retryable: boolean };
    const waitMinutes = this.settings.retryAfterMinutes[row.retry];
    if (row.via !== 'schedule' || row.phase !== 'failed' || failure?.retryable !== true || waitMinutes === undefined) return;
    const tick = iso(this.clock.now() + waitMinutes * 60_000);
    await this.#enter(transaction, { district: row.district, source: row.source, tick, kind: 'retry', retry: row.retry + 1 });
    this.log.with({ run: row.id }).info('The failed run will be tried again.', { retry: row.retry + 1, at: tick });
  }

  /** Forgets ticks of long ago, but never the newest of a source: it says what was missed. */
  async forgetOld(): Promise<void> {
    const before = iso(this.clock.now() - KEEP_TICKS_MS);
    await this.db.deleteFrom('ticks').where('tick', '<', before).where(({ exists, selectFrom }) => exists(
      selectFrom('ticks as newer').select('newer.tick').whereRef('newer.district', '=', 'ticks.district').whereRef('newer.source', '=', 'ticks.source')
        .whereRef('newer.tick', '>', 'ticks.tick').where('newer.kind', '!=', 'retry'),
    )).execute();
  }

  /** What is to be entered for a source at the start: that it was seen, or one tick for all that were missed. */
  #catchUp(scheduled: Scheduled, entered: string | null, now: number): NewTick[] {
    const { district, source, ticks, override } = scheduled;
    if (ticks === null) return [];
    scheduled.nextMs = ticks.next(now);
    const newest = later(entered, override?.set_at ?? null);
    if (newest === null) return [{ district, source, tick: iso(now), kind: 'first-seen', retry: 0, ...(!this.settings.refreshNewSources && { run: 'none' }) }];
    let missed = 0;
    let lastMs = Date.parse(newest);
    for (let next = ticks.next(lastMs); next !== null && next <= now && missed < MISSED_COUNTED; next = ticks.next(lastMs)) {
      missed += 1;
      lastMs = next;
    }
    if (missed === 0) return [];
    this.log.warn('Ticks of the schedule were missed while no writer ran; one run makes up for them.', { district, source, missed, since: newest });
    return [{ district, source, tick: iso(lastMs), kind: 'schedule', retry: 0 }];
  }

  /** Takes over what was set since; the next tick then counts from the moment it was set, the same for every writer. */
  async #readOverrides(): Promise<void> {
    for (const row of await this.#overrides.all()) {
      const scheduled = this.#sources.get(`${row.district}/${row.source}`);
      if (scheduled === undefined || JSON.stringify(scheduled.override) === JSON.stringify(row)) continue;
      scheduled.override = row;
      scheduled.ticks = ticksOf(scheduled, { schedule: row.cron === null ? scheduled.configured : scheduleOf(row.cron, row.time_zone) });
      scheduled.nextMs = scheduled.ticks?.next(Date.parse(row.set_at)) ?? null;
    }
  }

  /**
   * No more than there is room for: a run that is only waited for has nobody who gives signs of life, and would be begun anew again and again. What another
   * writer has claimed lately is left to it, and does not take the place of others.
   */
  async #startWaiting(): Promise<void> {
    const now = this.clock.now();
    const room = Math.min(STARTED_PER_LOOK, this.settings.runsAtOnce - await this.#runs.countActive());
    if (room <= 0) return;
    const waiting = await this.db.selectFrom('ticks').selectAll().where('run', 'is', null).where('tick', '<=', iso(now))
      .where((where) => where.or([where('claimed_at', 'is', null), where('claimed_at', '<', iso(now - CLAIM_MS))])).orderBy('tick').limit(room).execute();
    for (const tick of waiting) {
      if (tick.kind === 'first-seen' && !this.settings.refreshNewSources) {
        await this.#ran(tick, 'none');
      } else if (await this.#claim(tick, now)) {
        await this.#start(tick);
      }
    }
  }

  async #start(tick: TicksTable): Promise<void> {
    const known = this.districts.all.find(({ id }) => id === tick.district)?.sources.some(({ id }) => id === tick.source);
    if (known !== true) {
      await this.#ran(tick, 'none');
      return;
    }
    try {
      const { runs: [answer] } = await this.refresh.request({
        district: tick.district, source: tick.source, asker: { actor: 'schedule', via: 'schedule' }, retry: tick.retry,
        idempotencyKey: `tick ${tick.source} ${tick.tick}`,
      });
      if (answer !== undefined) await this.#ran(tick, answer.run.id);
    } catch (error) {
      this.log.error('A tick of the schedule could not start its run; it is tried again.', error, { district: tick.district, source: tick.source, tick: tick.tick });
    }
  }

  async #claim(tick: TicksTable, now: number): Promise<boolean> {
    const claimed = await this.db.updateTable('ticks').set({ claimed_at: iso(now) })
      .where('district', '=', tick.district).where('source', '=', tick.source).where('tick', '=', tick.tick).where('run', 'is', null)
      .where((where) => where.or([where('claimed_at', 'is', null), where('claimed_at', '<', iso(now - CLAIM_MS))]))
      .returning('tick').executeTakeFirst();
    return claimed !== undefined;
  }

  async #ran(tick: TicksTable, run: string): Promise<void> {
    await this.db.updateTable('ticks').set({ run })
      .where('district', '=', tick.district).where('source', '=', tick.source).where('tick', '=', tick.tick).execute();
  }

  /** Of each source by `district/source` the newest tick of the schedule itself, or the time it was first seen. */
  async #newestTicks(): Promise<Map<string, string>> {
    const rows = await this.db.selectFrom('ticks').select(({ fn }) => ['district', 'source', fn.max('tick').as('newest')])
      .where('kind', '!=', 'retry').groupBy(['district', 'source']).execute();
    return new Map(rows.map(({ district, source, newest }) => [`${district}/${source}`, newest]));
  }

  async #enter(db: Kysely<WriterTables>, ...ticks: readonly NewTick[]): Promise<void> {
    for (let first = 0; first < ticks.length; first += INSERTED_AT_ONCE) {
      const rows = ticks.slice(first, first + INSERTED_AT_ONCE).map((tick) => ({ run: null, ...tick, claimed_at: null }));
      await db.insertInto('ticks').values(rows).onConflict((conflict) => conflict.doNothing()).execute();
    }
  }
}

function scheduledOf(district: DistrictConfig, source: SourceConfig): Scheduled {
  return { district: district.id, source: source.id, timeZone: district.timeZone, configured: source.schedule, override: null, ticks: ticksOf(district, source), nextMs: null };
}

const scheduleOf = (cron: string, timeZone: string | null): SourceConfig['schedule'] => (cron === 'off' ? 'off' : { cron, ...(timeZone === null ? {} : { timeZone }) });

function refuseUnusable({ cron, timeZone }: NonNullable<ScheduleBody>, nowMs: number): void {
  let problem = 'is no cron of five fields, as `0 3 * * *` for every day at 03:00, nor `off`';
  try {
    const ticks = ticksOf({ timeZone: 'UTC' }, { schedule: scheduleOf(cron, timeZone) });
    if (ticks === null || ticks.next(nowMs) !== null) return;
    problem = 'never comes; `off` is for a source that is refreshed by hand only';
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new ServiceError('invalid', 'invalid_schedule', `The schedule cannot be used: the cron ${problem}.`, { errors: [{ field: 'cron', message: problem }] });
}

/** The later of two instants. */
const later = (one: string | null, other: string | null): string | null => (one === null || (other !== null && other > one) ? other : one);

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
