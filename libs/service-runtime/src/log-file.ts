import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * A log file that is set aside as `.1`, in place of the one before, when it would grow beyond `maxBytes`: together at most twice that on disk.
 * Lines are written at once, so that a killed process has logged what it said. A line for which the disk has no room is lost: a log must not stop a service.
 */
export class LogFile {
  #descriptor: number;
  #bytes: number;

  /** Creates the file, readable by its owner only, or goes on with the one that is there. Throws when it can't be opened. */
  constructor(private readonly path: string, private readonly maxBytes: number) {
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(line: string): void {
    const content = Buffer.from(line);
    try {
      if (this.#bytes > 0 && this.#bytes + content.length > this.maxBytes) this.#setAside();
      this.#bytes += writeSync(this.#descriptor, content);
    } catch {
      // Nobody is left to tell.
    }
  }

  #setAside(): void {
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    const fresh = openSync(this.path, 'a', 0o600);
    closeSync(this.#descriptor);
    this.#descriptor = fresh;
    this.#bytes = 0;
  }
}
