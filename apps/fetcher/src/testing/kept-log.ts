import { Log, type LogFields } from '@lastgood/service-runtime';

/** A log that keeps its lines as plain objects. */
export class KeptLog extends Log {
  constructor(readonly lines: Record<string, unknown>[] = [], private readonly fields: LogFields = {}) {
    super();
  }

  debug(message: string, fields?: LogFields): void {
    this.#keep('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#keep('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#keep('warn', message, fields);
  }

  error(message: string, error?: unknown, fields?: LogFields): void {
    this.#keep('error', message, { ...fields, error: error instanceof Error ? `${error.message} ${error.stack ?? ''}` : String(error) });
  }

  with(fields: LogFields): Log {
    return new KeptLog(this.lines, { ...this.fields, ...fields });
  }

  #keep(level: string, message: string, fields?: LogFields): void {
    this.lines.push({ level, message, ...this.fields, ...fields });
  }
}
