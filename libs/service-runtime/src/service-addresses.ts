/**
 * Where the services of this installation answer inside, and the token that opens their `/internal` routes. An address may
 * be asked for once its service listens; in one process the gateway starts last, so it may ask at once.
 */
export class ServiceAddresses {
  readonly #known: { writer?: URL; search?: URL };

  constructor(readonly internalToken: string, known: { writer?: URL; search?: URL } = {}) {
    this.#known = { ...known };
  }

  /** Throws before the writer listens. */
  get writer(): URL {
    return this.#of('writer');
  }

  /** Throws before the search service listens. */
  get search(): URL {
    return this.#of('search');
  }

  /** Enters where a service of this process listens, unless the configuration named an address. */
  learn(service: 'writer' | 'search', url: URL): void {
    this.#known[service] ??= url;
  }

  #of(service: 'writer' | 'search'): URL {
    const url = this.#known[service];
    if (!url) throw new Error(`The address of ${service} is not known: it does not listen yet, and LASTGOOD_${service.toUpperCase()}_URL is not set.`);
    return url;
  }
}
