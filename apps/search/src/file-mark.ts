import { statSync } from 'node:fs';

/** What tells a file from another one and from itself after somebody wrote to it; null when there is none. */
export function markOf(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}` : null;
}
