/** One secret that is fetched when it is first needed and again when it ran out or was refused; all who wait share one fetch. */
export class RenewedToken<T> {
  #current: T | null;
  #fetching: Promise<T> | null = null;

  /** `stillGood` is asked before every use. */
  constructor(private readonly fetchToken: () => Promise<T>, private readonly stillGood: (token: T) => boolean, first: T | null = null) {
    this.#current = first;
  }

  async get(): Promise<T> {
    if (this.#current !== null && this.stillGood(this.#current)) return this.#current;
    return this.#fetch();
  }

  /** The token after a refusal: another one that is already there, or a new one. */
  async replace(isRefused: (token: T) => boolean): Promise<T> {
    if (this.#current !== null && !isRefused(this.#current)) return this.#current;
    return this.#fetch();
  }

  async #fetch(): Promise<T> {
    this.#fetching ??= this.fetchToken()
      .then((token) => (this.#current = token))
      .finally(() => (this.#fetching = null));
    return this.#fetching;
  }
}
