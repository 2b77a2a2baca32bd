/** Values that may stand in a log line: identifiers, counts, codes; never a personal value. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** Structured log lines. Lines of a run carry `run`, and `snapshot` once there is one: use `with`. */
export abstract class Log {
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  /** `error`'s message and stack are logged, never its properties. */
  abstract error(message: string, error?: unknown, fields?: LogFields): void;
  /** A log whose lines all carry these fields. */
  abstract with(fields: LogFields): Log;
}
