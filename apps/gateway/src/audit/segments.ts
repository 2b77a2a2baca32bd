import { constants } from 'node:fs';
import { open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^[0-9]{12}\.jsonl$/;
/** A segment that was shipped goes only when the next one began. */
const MAX_BYTES = 2_000_000;
const ZEROS = Buffer.alloc(1_000_000);

/** A file of lines that are on this disk for good until they are shipped. */
export interface Segment {
  path: string;
  /** Bytes that count; what comes after may be half written. Null for a file of an earlier process: all whole lines count. */
  durableBytes: number | null;
}

/** Lines in numbered files of one folder. What `append` has resolved for survives a power cut. */
export class Segments {
  #live: { segment: Segment & { durableBytes: number }; handle: FileHandle } | null = null;
  #next: number | null = null;

  constructor(private readonly folder: string) {}

  /** Writes text that ends in a line feed; on disk when it resolves. When it rejects the segment is given up, and the text may be there or not. */
  async append(text: string): Promise<void> {
    const live = (this.#live ??= await this.#begin());
    try {
      const bytes = Buffer.from(text);
      const at = live.segment.durableBytes;
      for (let written = 0; written < bytes.length;) written += (await live.handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
      live.segment.durableBytes += bytes.length;
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
    if (live.segment.durableBytes >= MAX_BYTES) await this.#giveUp();
  }

  /** Every segment, the oldest first; the last may be the one that is written. */
  async all(): Promise<Segment[]> {
    const names = (await readdir(this.folder)).filter((name) => NAME.test(name)).sort();
    return names.map((name) => {
      const path = join(this.folder, name);
      return path === this.#live?.segment.path ? this.#live.segment : { path, durableBytes: null };
    });
  }

  isLive({ path }: Segment): boolean {
    return path === this.#live?.segment.path;
  }

  /** Deletes a segment that was shipped whole and is not written any more. */
  async drop({ path }: Segment): Promise<void> {
    await unlink(path);
  }

  async close(): Promise<void> {
    await this.#giveUp();
  }

  async #begin(): Promise<{ segment: Segment & { durableBytes: number }; handle: FileHandle }> {
    this.#next ??= Number((await readdir(this.folder)).filter((name) => NAME.test(name)).sort().at(-1)?.slice(0, 12) ?? 0) + 1;
    const path = join(this.folder, `${String(this.#next).padStart(12, '0')}.jsonl`);
    this.#next += 1;
    // With O_DSYNC a write returns when the bytes are on the disk: one call for two.
    const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC, 0o600);
    try {
      await takeRoom(handle);
    } catch (error) {
      await handle.close();
      await unlink(path);
      throw error;
    }
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close());
    return { segment: { path, durableBytes: 0 }, handle };
  }

  /** Gives the room back that was not needed. */
  async #giveUp(): Promise<void> {
    if (!this.#live) return;
    const { segment, handle } = this.#live;
    this.#live = null;
    await handle.truncate(segment.durableBytes).catch(() => undefined);
    await handle.close().catch(() => undefined);
  }
}

/**
 * Fills the file with zeros, which hold no line feed and so are no lines: a disk that gets full meanwhile stops no entry of this segment, and a write that makes no file longer
 * is on the disk sooner.
 */
async function takeRoom(handle: FileHandle): Promise<void> {
  for (let taken = 0; taken < MAX_BYTES;) taken += (await handle.write(ZEROS, 0, Math.min(ZEROS.length, MAX_BYTES - taken), taken)).bytesWritten;
}
