import { constants } from 'node:fs';
import { open, readdir, rename, statfs, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Room of one segment, bytes. */
export const SEGMENT_BYTES = 2_000_000;
/** An entry takes about as many. */
const ENTRY_BYTES = 560;
const ZEROS = Buffer.alloc(1_000_000);
const SPARE = /^spare-[0-9]{4}\.room$/;
const HALF = /^spare-[0-9]{4}\.half$/;
const MOST_SPARES = 9_999;

/** Files of zeros in the folder of the segments: room that nobody else takes, so that entries can be written while the disk is full. */
export class Reserve {
  readonly #spares: string[] = [];
  #known: Promise<void> | null = null;
  #next = 1;
  #short = false;

  /** `wanted`: how many segments it holds room for. */
  constructor(private readonly folder: string, private readonly wanted: number) {}

  /** How many segments it holds room for now. */
  get spares(): number {
    return this.#spares.length;
  }

  /** Puts a spare at this path as a segment without lines; false when there is none. */
  async take(path: string): Promise<boolean> {
    await this.#look();
    for (let spare = this.#spares.pop(); spare !== undefined; spare = this.#spares.pop()) {
      try {
        await rename(join(this.folder, spare), path);
        return true;
      } catch (error) {
        // Somebody deleted it to make room; the others may be there.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return false;
  }

  /** Takes a file that is not needed any more: its room is kept while the reserve lacks some, else given back. */
  async giveBack(path: string): Promise<void> {
    await this.#look();
    if (this.#spares.length >= this.wanted) await unlink(path);
    else await this.#add(path);
  }

  /** Takes room for one more segment when the reserve lacks it and as much as the whole reserve stays free for others; what the disk refuses is told by `trouble`. */
  async grow(): Promise<void> {
    await this.#look();
    this.#short = this.#spares.length < this.wanted && !(await this.#add(null));
  }

  /** Null while it is whole or growing, else what is left of it, in words. */
  trouble(): string | null {
    if (!this.#short || this.#spares.length >= this.wanted) return null;
    return `the disk of LASTGOOD_DATA_DIR has no room left for the reserve of the audit trail: once the disk is full, entries of about ${(Math.floor((this.#spares.length * SEGMENT_BYTES) / ENTRY_BYTES / 100) * 100).toLocaleString('en')} more requests fit, then requests are refused; free some`;
  }

  #look(): Promise<void> {
    return (this.#known ??= this.#findSpares().catch((error: unknown) => {
      this.#known = null;
      throw error;
    }));
  }

  /** What an earlier process left. */
  async #findSpares(): Promise<void> {
    const names = (await readdir(this.folder)).sort();
    // What cannot be deleted is in nobody's way: another name is taken.
    for (const name of names) if (HALF.test(name)) await unlink(join(this.folder, name)).catch(() => undefined);
    this.#spares.push(...names.filter((name) => SPARE.test(name)));
    this.#next = after(Number(this.#spares.at(-1)?.slice(6, 10) ?? 0));
  }

  /** A name that no spare has, and none that is being made. */
  #newName(): string {
    for (;;) {
      const name = `spare-${String(this.#next).padStart(4, '0')}`;
      this.#next = after(this.#next);
      if (!this.#spares.includes(`${name}.room`)) return name;
    }
  }

  /** Makes a spare, of a file that is there or a new one; false when the disk refuses. It has the name of a spare only once it is whole. */
  async #add(from: string | null): Promise<boolean> {
    const name = this.#newName();
    const half = join(this.folder, `${name}.half`);
    try {
      if (from !== null) await rename(from, half);
      else if (!(await hasRoom(this.folder, this.wanted + 1))) return false;
      const handle = await open(half, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        await fillWithZeros(handle);
        await handle.truncate(SEGMENT_BYTES);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(half, join(this.folder, `${name}.room`));
    } catch {
      await unlink(half).catch(() => undefined);
      return false;
    }
    this.#spares.push(`${name}.room`);
    return true;
  }
}

const after = (number: number): number => (number % MOST_SPARES) + 1;

/** Whether a segment fits and leaves something: the last room of a disk is not taken from others, not even for a moment. */
export function hasRoomForSegment(folder: string): Promise<boolean> {
  return hasRoom(folder, 2);
}

async function hasRoom(folder: string, segments: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= segments * SEGMENT_BYTES;
}

/** Zeros hold no line feed and so are no lines; a write into them makes no file longer, so it is on the disk sooner. */
export async function fillWithZeros(handle: FileHandle): Promise<void> {
  for (let at = 0; at < SEGMENT_BYTES;) at += (await handle.write(ZEROS, 0, Math.min(ZEROS.length, SEGMENT_BYTES - at), at)).bytesWritten;
}
