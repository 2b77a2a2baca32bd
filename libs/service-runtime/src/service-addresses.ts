const MAX_ADDRESSES = 32;

/** Where one service answers; a host name may stand for several replicas. */
type Addresses = readonly [URL, ...URL[]];

/** Services that others ask over HTTP. */
export type AskedService = 'writer' | 'search' | 'fetcher';

/**
 * Where the services of this installation answer inside, and the token that opens their `/internal` routes. An address may
 * be asked for once its service listens; in one process the gateway starts last, so it may ask at once.
 */
export class ServiceAddresses {
  readonly #known: Record<AskedService, readonly URL[]>;

  constructor(readonly internalToken: string, known: Partial<Record<AskedService, readonly URL[]>> = {}) {
    this.#known = { writer: known.writer ?? [], search: known.search ?? [], fetcher: known.fetcher ?? [] };
  }

  /** The first address of the writer. Throws before it listens. */
  get writer(): URL {
    return this.all('writer')[0];
  }

  /** The first address of the search service. Throws before it listens. */
  get search(): URL {
    return this.all('search')[0];
  }

  /** Every address of a service, in the order of the configuration. Throws before it listens. */
  all(service: AskedService): Addresses {
    const [first, ...others] = this.#known[service];
    if (!first) throw new Error(`The address of ${service} is not known: it does not listen yet, and LASTGOOD_${service.toUpperCase()}_URL is not set.`);
    return [first, ...others];
  }

  /** Whether any address of a service is known. */
  knows(service: AskedService): boolean {
    return this.#known[service].length > 0;
  }

  /** Enters where a service of this process listens, unless the configuration named an address. */
  learn(service: AskedService, url: URL): void {
    if (this.#known[service].length === 0) this.#known[service] = [url];
  }
}

/** Reads 1 to 32 addresses `http(s)://host:port`, separated by commas; null when the text is anything else, one with a path or a password too. */
export function addressesIn(text: string): URL[] | null {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_ADDRESSES) return null;
  const urls = parts.map((part) => URL.parse(part));
  return urls.every((url) => url !== null && isPlain(url)) ? (urls as URL[]) : null;
}

function isPlain({ protocol, hostname, pathname, username, password, search, hash }: URL): boolean {
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' && pathname === '/' && [username, password, search, hash].every((part) => part === '');
}
