import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PAGE_ROWS, UPSTREAM_TOKEN } from './pages.js';
import { BenchProcess } from './start-process.js';

/** Files that only a product has: they say how a snapshot came about. */
const OWN_FILES = ['status.json', 'profile.json', 'manifest.json'];
const HEAP_MB = 16_384;
/** Most of what the floor reads stays: a larger young generation saves copying. */
const YOUNG_MB = 64;

/** What the floor took; CPU time tells more than the clock where the machine has other work. */
export interface FloorTimes {
  seconds: number;
  cpuSeconds: number;
}

/**
 * What the floor needs for the pages of this server. Throws when a file that it made differs from what was published, or is missing on
 * either side. `published`: sha256 by name.
 */
export async function measureFloor(upstream: string, folder: string, published: Readonly<Record<string, string>>): Promise<FloorTimes> {
  const files = join(folder, 'floor');
  mkdirSync(files);
  const floor = new BenchProcess('floor.entry', [upstream, UPSTREAM_TOKEN, String(PAGE_ROWS), files], [`--max-old-space-size=${HEAP_MB}`, `--max-semi-space-size=${YOUNG_MB}`]);
  try {
    const times = await floor.says<FloorTimes>();
    const names = new Set([...readdirSync(files), ...Object.keys(published).filter((name) => !OWN_FILES.includes(name))]);
    const differing: string[] = [];
    for (const name of [...names].sort()) if ((await sha256Of(join(files, name))) !== published[name]) differing.push(name);
    if (differing.length > 0) throw new Error(`the floor's files are not those that were published: ${differing.join(', ')}`);
    return times;
  } finally {
    await floor.end();
  }
}

async function sha256Of(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}
