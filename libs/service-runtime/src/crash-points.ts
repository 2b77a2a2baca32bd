import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Named places where a test lets the process die. `name`, or `name:n` for the n-th time the place is reached, calls `die`; without a
 * setting reaching a place does nothing.
 */
export class CrashPoints {
  readonly #name: string | undefined;
  #left: number;

  constructor(setting?: string, private readonly die: () => void = () => process.kill(process.pid, 'SIGKILL')) {
    const [name, nth = '1'] = setting?.split(':') ?? [];
    this.#name = name;
    this.#left = Number(nth);
  }

  /** Does not return when this is the chosen place. */
  reach(name: string): void {
    if (name !== this.#name) return;
    this.#left -= 1;
    if (this.#left === 0) this.die();
  }
}

/**
 * Places that another process arms while this one runs: a file `<name>.armed` in the folder makes this process stand still at the place, after it
 * has left its process id in `<name>.reached`, until the other process kills it.
 */
export class CrashFolder extends CrashPoints {
  constructor(private readonly folder: string) {
    super();
  }

  override reach(name: string): void {
    const armed = join(this.folder, `${name}.armed`);
    if (!existsSync(armed)) return;
    writeFileSync(armed, String(process.pid));
    renameSync(armed, join(this.folder, `${name}.reached`));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
