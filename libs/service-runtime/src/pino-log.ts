import { pino, type DestinationStream, type Level, type Logger } from 'pino';
import { Log, type LogFields } from './log.js';

/** Log lines as JSON, one a line, with time, level and the fields; nothing but what is handed in. */
export class PinoLog extends Log {
  constructor(private readonly logger: Logger) {
    super();
  }

  /** Writes lines of at least `level` to the stream. */
  static to(stream: DestinationStream, level: Level): PinoLog {
    return new PinoLog(pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, stream));
  }

  debug(message: string, fields: LogFields = {}): void {
    this.logger.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.logger.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.logger.warn(fields, message);
  }

  error(message: string, error?: unknown, fields: LogFields = {}): void {
    this.logger.error(error === undefined ? fields : { ...fields, error: describe(error) }, message);
  }

  with(fields: LogFields): Log {
    return new PinoLog(this.logger.child(fields));
  }
}

interface ErrorLines {
  message: string;
  stack?: string;
  cause?: ErrorLines;
}

const CAUSES = 4;

function describe(error: unknown, depth = 0): ErrorLines {
  if (!(error instanceof Error)) return { message: 'something that is no error was thrown' };
  // A parser's message quotes what it read.
  const message = error instanceof SyntaxError ? 'a text could not be parsed' : error.message;
  const frames = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')).join('\n');
  return {
    message: `${error.name}: ${message}`,
    ...(frames ? { stack: frames } : {}),
    ...(error.cause !== undefined && depth < CAUSES ? { cause: describe(error.cause, depth + 1) } : {}),
  };
}
