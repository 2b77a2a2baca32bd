import { printable } from './printable.js';

/** What the process says when it ends; documented in `lastgood --help`. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  runFailed: 5,
  held: 6,
  unavailable: 7,
  damaged: 8,
  conflict: 9,
} as const;

export const EXIT_HELP = `
Exit codes:
  0  done
  1  unexpected error
  2  wrong usage
  3  no key, a bad key, or one that may not do this
  4  no such thing
  5  the run failed or was cancelled
  6  the run's snapshot is held and waits for approval
  7  not available now; try again
  8  verify or rebuild found damage
  9  conflict: something changed since you looked

Environment:
  LASTGOOD_URL   where the gateway is (http://127.0.0.1:8080)
  LASTGOOD_KEY   the key, as lg_...; or LASTGOOD_KEY_FILE, a file that holds it
  LASTGOOD_S3_ENDPOINT, _BUCKET, _REGION, _ACCESS_KEY, _SECRET_KEY   the bucket; or LASTGOOD_DATA_DIR, its folder
  LASTGOOD_BACKUP_S3_ENDPOINT and so on                              where backups are, when no folder is named`;

/** An end of the command with a code and lines for the user; what a terminal would obey is escaped in its message. */
export class CommandError extends Error {
  constructor(readonly exitCode: number, ...lines: readonly string[]) {
    super(lines.map(printable).join('\n'));
    this.name = 'CommandError';
  }
}
