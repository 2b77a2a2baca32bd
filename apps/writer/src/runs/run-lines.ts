import { ServiceError, type EventData, type RunLogAnswer, type RunLogLine, type RunLogQuery } from '@lastgood/contracts';
import { RunLinesLog, type Clock, type Log, type RunLine } from '@lastgood/service-runtime';
import type { Kysely } from 'kysely';
import type { WriterTables } from '../tables.js';
import type { RunLinesTable } from './beside-runs-tables.js';

/** The newest lines that a run keeps, and for how long. */
const KEPT_LINES = 2_000;
const KEPT_MS = 30 * 86_400_000;
const WAITING = 1_000;
const LEVELS = { info: ['info', 'warn', 'error'], warn: ['warn', 'error'], error: ['error'] } as const;

/** The log lines of runs, as the writer and the fetchers wrote them. Keeping one never disturbs a run: what the database does not take is left out here, and stands in the log of the process. */
export class RunLines {
  /** The writer's log; lines of it that carry `run` are kept. */
  readonly log: Log;
  readonly #waiting: RunLinesTable[] = [];
  readonly #process: string;
  #number = 0;
  #isKeeping = false;

  /** `process` names this writer among its replicas. */
  constructor(private readonly db: Kysely<WriterTables>, log: Log, private readonly clock: Clock, process: string) {
    this.#process = process.slice(-8);
    this.log = new RunLinesLog(log, (line) => this.#add(line));
  }

  /** Keeps what a fetcher told; what comes twice is kept once. What the database refuses is left out, so that no line ends among the parked messages. */
  async told({ run, epoch, lines }: EventData<'fetch.logged'>): Promise<void> {
    try {
      await this.#insert(lines.map(({ at, level, message, fields, number }) => ({ run, id: idOf(at, `f${epoch}`, number), level, service: 'fetcher', message, fields: JSON.stringify(fields) })));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.log.debug('Lines that a fetcher told were not kept.', { run, lines: lines.length, code: error.code });
    }
  }

  /** Oldest first. Throws `invalid_cursor`. */
  async read(run: string, { level, q, limit, cursor }: RunLogQuery): Promise<RunLogAnswer> {
    const after = cursor === undefined ? '' : idIn(cursor);
    const rows = await this.db.selectFrom('run_lines').selectAll().where('run', '=', run).where('id', '>', after).where('level', 'in', LEVELS[level]).orderBy('id').execute();
    const wanted = q.toLowerCase();
    const found = rows.map((row) => ({ id: row.id, line: lineOf(row) })).filter(({ line }) => textOf(line).toLowerCase().includes(wanted));
    const last = found[limit - 1];
    return { items: found.slice(0, limit).map(({ line }) => line), nextCursor: found.length > limit && last ? Buffer.from(last.id).toString('base64url') : null };
  }

  /** Ids begin with the instant. */
  async forgetOld(): Promise<void> {
    await this.db.deleteFrom('run_lines').where('id', '<', new Date(this.clock.now() - KEPT_MS).toISOString()).execute();
  }

  #add({ run, level, message, fields }: RunLine): void {
    if (this.#waiting.length >= WAITING) return;
    const at = new Date(this.clock.now()).toISOString();
    this.#waiting.push({ run, id: idOf(at, `w${this.#process}`, this.#number), level, service: 'writer', message, fields: JSON.stringify(fields) });
    this.#number += 1;
    void this.#keep();
  }

  async #keep(): Promise<void> {
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    try {
      while (this.#waiting.length > 0) await this.#insert(this.#waiting.splice(0, 100));
    } catch {
      this.log.debug('Lines of runs were not kept: the database does not answer.', { lines: this.#waiting.length });
    } finally {
      this.#isKeeping = false;
    }
  }

  async #insert(rows: readonly RunLinesTable[]): Promise<void> {
    await this.db.insertInto('run_lines').values(rows).onConflict((conflict) => conflict.columns(['run', 'id']).doNothing()).execute();
    for (const run of new Set(rows.map((row) => row.run))) {
      const tooOld = await this.db.selectFrom('run_lines').select('id').where('run', '=', run).orderBy('id', 'desc').offset(KEPT_LINES).limit(1).executeTakeFirst();
      if (tooOld !== undefined) await this.db.deleteFrom('run_lines').where('run', '=', run).where('id', '<=', tooOld.id).execute();
    }
  }
}

/** Sorts by time; the same line of the same service has the same one. */
function idOf(at: string, service: string, number: number): string {
  return `${at} ${service} ${String(number).padStart(9, '0')}`;
}

function lineOf({ id, level, service, message, fields }: RunLinesTable): RunLogLine {
  return { at: id.slice(0, id.indexOf(' ')), level: level as RunLogLine['level'], by: service as RunLogLine['by'], message, fields: JSON.parse(fields) as RunLogLine['fields'] };
}

/** A line as it is read: what is looked through. */
function textOf({ message, fields }: RunLogLine): string {
  return `${message} ${Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`).join(' ')}`;
}

function idIn(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z [fw]\w+ \d{9}$/.test(id)) return id;
  throw new ServiceError('invalid', 'invalid_cursor', 'This cursor is not one of this list. Begin without a cursor.', { errors: [{ field: 'cursor', message: 'not a cursor of this list' }] });
}
