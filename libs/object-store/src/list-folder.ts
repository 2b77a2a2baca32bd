import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './file-errors.js';
import { isKeySegment } from './object-key.js';
import type { ObjectInfo } from './object-store.js';

/**
 * The files under a folder in ascending order of their full keys, each strictly after `after`. Holds the names of one folder per
 * level. What disappears meanwhile is left out; links and names that are no key segments are not seen.
 */
export async function* listFolder(folder: string, prefix: string, after: string): AsyncGenerator<ObjectInfo> {
  for (const name of await sortedNames(folder)) {
    const key = prefix + name;
    if (name.endsWith('/')) {
      // Every key below starts with this one: it can follow `after` only when this does, or when `after` lies below as well.
      if (key > after || after.startsWith(key)) yield* listFolder(join(folder, name), key, after);
    } else if (key > after) {
      const info = await orUndefined(lstat(join(folder, name)));
      if (info?.isFile()) yield { key, size: info.size, modifiedMs: info.mtimeMs };
    }
  }
}

/** Folders sort as `name/`, because that is how their keys go on: `a-b/x` comes before `a/x`. */
async function sortedNames(folder: string): Promise<string[]> {
  const entries = (await orUndefined(readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => isKeySegment(entry.name) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
