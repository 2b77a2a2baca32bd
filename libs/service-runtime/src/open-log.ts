import { existsSync, renameSync, statSync } from 'node:fs';
import { pino, type Level } from 'pino';
import type { Log } from './log.js';
import { PinoLog } from './pino-log.js';

const ROTATE_BYTES = 32 * 1024 * 1024;

/** The log of a process: JSON lines to `file`, or to stdout when it is null. A large file is set aside as `.1` at start. Writes are synchronous, so that a killed process has logged what it said. */
export function openLog(level: Level, file: string | null): Log {
  if (file !== null && existsSync(file) && statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  return PinoLog.to(pino.destination({ dest: file ?? 1, sync: true, mode: 0o600 }), level);
}
