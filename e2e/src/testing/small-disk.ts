import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ServerUnavailable } from '@lastgood/test-servers';
import { Product, type ProductOptions } from './product.js';

const unshare = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
const ZEROS = Buffer.alloc(64 * 1024);

/** Lastgood in one process whose data folder is a disk of its own, empty or `full`, which ends with the process. Linux; else throws ServerUnavailable. */
export class SmallDiskProduct extends Product {
  constructor(sizeMb: number, options: ProductOptions, full = false) {
    const probe = spawnSync(unshare[0] ?? '', [...unshare.slice(1), 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { encoding: 'utf8' });
    if (probe.status !== 0) throw new ServerUnavailable('a disk of its own', [probe.error?.message ?? probe.stderr]);
    super({
      ...options,
      through: (dataFolder) => {
        mkdirSync(dataFolder, { recursive: true });
        return [...unshare, 'sh', '-c', `mount -t tmpfs -o size=${sizeMb}m tmpfs "$0" && ${full ? 'dd if=/dev/zero of="$0"/fill bs=64k 2>/dev/null; ' : ''}exec "$@"`, dataFolder];
      },
    });
  }

  /** The data folder as others than the process see it. */
  get disk(): string {
    return `/proc/${this.pid}/root${this.dataFolder}`;
  }

  /** Starts the process, waits for its end and gives its exit code. */
  async refused(): Promise<number | null> {
    await this.launch();
    return this.ended();
  }

  /** Takes all room there is, then leaves so much. */
  fill(leftMb = 0): void {
    this.free();
    if (leftMb > 0) this.#take('left', leftMb);
    this.#take('fill', Number.POSITIVE_INFINITY);
    rmSync(join(this.disk, 'left'), { force: true });
  }

  /** Gives the room back. */
  free(): void {
    for (const name of ['fill', 'left']) rmSync(join(this.disk, name), { force: true });
  }

  #take(name: string, mb: number): void {
    const file = openSync(join(this.disk, name), 'w');
    try {
      for (let taken = 0; taken < mb * 1024 * 1024;) taken += writeSync(file, ZEROS);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }
}
