import { pino, type Level } from 'pino';
import type { Log } from './log.js';
import { LogFile } from './log-file.js';
import { PinoLog } from './pino-log.js';

const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** The log of a process: JSON lines to `file`, which is kept below 32 MiB, or to stdout when it is null. Writes are synchronous. */
export function openLog(level: Level, file: string | null): Log {
  return PinoLog.to(file === null ? pino.destination({ dest: 1, sync: true }) : new LogFile(file, MAX_FILE_BYTES), level);
}
