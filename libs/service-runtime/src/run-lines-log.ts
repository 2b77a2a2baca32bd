import { Log, type LogFields } from './log.js';

const LONGEST = { message: 500, text: 255 };
const MOST_FIELDS = 16;
/** The run itself tells them. */
const OF_THE_RUN = new Set(['run', 'district', 'source']);

/** One line of a run: a message of at most 500 characters, and at most 16 of its fields, texts of at most 255 characters. */
export interface RunLine {
  run: string;
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, string | number | boolean | null>;
}

/** A log whose lines go on as they are; those that carry `run` are also given to `keep`, from `info` on. What an error holds is not kept. */
export class RunLinesLog extends Log {
  constructor(private readonly log: Log, private readonly keep: (line: RunLine) => void, private readonly fields: LogFields = {}) {
    super();
  }

  debug(message: string, fields?: LogFields): void {
    this.log.debug(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.log.info(message, fields);
    this.#keep('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log.warn(message, fields);
    this.#keep('warn', message, fields);
  }

  error(message: string, error?: unknown, fields?: LogFields): void {
    this.log.error(message, error, fields);
    this.#keep('error', message, fields);
  }

  with(fields: LogFields): Log {
    return new RunLinesLog(this.log.with(fields), this.keep, { ...this.fields, ...fields });
  }

  #keep(level: RunLine['level'], message: string, fields?: LogFields): void {
    const all = { ...this.fields, ...fields };
    if (typeof all.run === 'string') this.keep({ run: all.run, level, message: message.slice(0, LONGEST.message), fields: shownOf(all) });
  }
}

function shownOf(fields: LogFields): RunLine['fields'] {
  const shown = Object.entries(fields).flatMap(([name, value]) => (value === undefined || OF_THE_RUN.has(name) ? [] : [[name, typeof value === 'string' ? value.slice(0, LONGEST.text) : value] as const]));
  return Object.fromEntries(shown.slice(0, MOST_FIELDS));
}
