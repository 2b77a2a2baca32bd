import { isIP } from 'node:net';
import { codeOf } from './failures.js';

/** Every address that a host name has now; rejects when that cannot be told. */
export type LookUp = (host: string) => Promise<readonly { address: string; family: number }[]>;

/** Where one replica answers. */
export interface ReplicaAddress {
  /** `http://ip:port`. */
  origin: string;
  /** Host and port as configured, when that is a name: sent as `Host`, and without the port checked against the certificate. */
  name: { host: string; servername: string } | null;
}

/** The replicas behind configured addresses: every address of every host name. A name that cannot be looked up keeps the addresses it had. */
export class ReplicaAddresses {
  readonly #known = new Map<string, readonly ReplicaAddress[]>();
  /** Null while the newest look-up of every name worked, else the reason in words. */
  trouble: string | null = null;

  constructor(private readonly urls: readonly URL[], private readonly lookUp: LookUp) {}

  /** True when addresses never change, since no host is a name. */
  get fixed(): boolean {
    return this.urls.every(isLiteral);
  }

  /** What is known now, without a look-up. */
  get known(): ReplicaAddress[] {
    const all = this.urls.flatMap((url) => (isLiteral(url) ? [{ origin: url.origin, name: null }] : (this.#known.get(url.origin) ?? [])));
    return [...new Map(all.map((each) => [each.origin, each])).values()];
  }

  /** Looks up every name; never rejects. */
  async renew(): Promise<void> {
    const troubles = await Promise.all(this.urls.filter((url) => !isLiteral(url)).map((url) => this.#renewOne(url)));
    this.trouble = troubles.find((trouble) => trouble !== null) ?? null;
  }

  async #renewOne(url: URL): Promise<string | null> {
    try {
      const found = await this.lookUp(url.hostname);
      // A replica with addresses of both families is one replica.
      const family = found.some((each) => each.family === 4) ? 4 : 6;
      const name = { host: url.host, servername: url.hostname };
      const addresses = found.filter((each) => each.family === family).map(({ address }) => ({ origin: originOf(url, address), name }));
      if (addresses.length === 0) return `the name ${url.hostname} has no address`;
      this.#known.set(url.origin, addresses);
      return null;
    } catch (error) {
      return `the name ${url.hostname} cannot be looked up (${codeOf(error)})`;
    }
  }
}

function isLiteral({ hostname }: URL): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function originOf(url: URL, address: string): string {
  const at = new URL(url);
  at.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return at.origin;
}
