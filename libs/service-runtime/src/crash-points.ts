/**
 * Named places where a test lets the process die as by SIGKILL. Switched on only by `LASTGOOD_CRASH_POINT=name` or `name:n` for
 * the n-th time the place is reached; otherwise reaching one does nothing.
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
