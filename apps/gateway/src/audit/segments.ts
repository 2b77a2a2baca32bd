import { constants } from 'node:fs';
import { open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fillWithZeros, hasRoomForSegment, Reserve, SEGMENT_BYTES } from './reserve.js';

const NAME = /^[0-9]{12}\.jsonl$/;

/** A file of lines that are on this disk for good until they are shipped. */
export interface Segment {
  path: string;
  /** Bytes that count; what comes after may be half written. Null for a file of an earlier process: all whole lines count. */
  durableBytes: number | null;
}

/** Lines in numbered files of one folder. What `append` has resolved for survives a power cut. */
export class Segments {
  readonly reserve: Reserve;
  #live: { segment: Segment & { durableBytes: number }; handle: FileHandle } | null = null;
  #next: number | null = null;
  #refused = false;

  /** `spares`: how many segments room is kept for, besides the one that is written. */
  constructor(private readonly folder: string, spares = 0) {
    this.reserve = new Reserve(folder, spares);
  }

  /** Whether the last write failed and no spare came since. */
  get refuses(): boolean {
    return this.#refused && this.reserve.spares === 0;
  }

  /** Writes text that ends in a line feed; on disk when it resolves. When it rejects the segment is given up, and the text may be there or not. */
  async append(text: string): Promise<void> {
    try {
      await this.#write(Buffer.from(text));
      this.#refused = false;
    } catch (error) {
      this.#refused = true;
      await this.#giveUp();
      throw error;
    }
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

  /** Forgets a segment that was shipped whole and is not written any more. */
  async drop({ path }: Segment): Promise<void> {
    await this.reserve.giveBack(path);
  }

  async close(): Promise<void> {
    await this.#giveUp();
  }

  async #write(bytes: Buffer): Promise<void> {
    const filled = this.#live?.segment.durableBytes ?? 0;
    // Beyond its room a segment grows only while the disk has some.
    if (filled > 0 && filled + bytes.length > SEGMENT_BYTES) await this.#giveUp();
    const { segment, handle } = (this.#live ??= await this.#begin());
    const at = segment.durableBytes;
    for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    segment.durableBytes += bytes.length;
    if (segment.durableBytes >= SEGMENT_BYTES) await this.#giveUp();
  }

  async #begin(): Promise<{ segment: Segment & { durableBytes: number }; handle: FileHandle }> {
    this.#next ??= Number((await readdir(this.folder)).filter((name) => NAME.test(name)).sort().at(-1)?.slice(0, 12) ?? 0) + 1;
    const path = join(this.folder, `${String(this.#next).padStart(12, '0')}.jsonl`);
    this.#next += 1;
    const spare = await this.reserve.take(path);
    // With O_DSYNC a write returns when the bytes are on the disk: one call for two.
    const handle = await open(path, constants.O_WRONLY | constants.O_DSYNC | (spare ? 0 : constants.O_CREAT | constants.O_EXCL), 0o600);
    // Without room for a whole segment it is written as far as there is any.
    if (!spare && (await hasRoomForSegment(this.folder))) await fillWithZeros(handle).catch(() => handle.truncate(0));
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
    if (segment.durableBytes === 0) await unlink(segment.path).catch(() => undefined);
  }
}
