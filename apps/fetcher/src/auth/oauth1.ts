import { createHmac } from 'node:crypto';
import type { Authorization } from '../upstream/upstream-client.js';
import type { UpstreamRequest } from '../upstream/http-attempt.js';

export interface OAuth1Settings {
  consumerKey: string;
  consumerSecret: string;
  signatureMethod: 'HMAC-SHA1' | 'HMAC-SHA256';
}

/** What makes one signature unlike the next; handed in so that test vectors can be replayed. */
export interface OAuth1Moment {
  /** Seconds since the epoch. */
  timestamp: number;
  nonce: string;
}

/** Signs every request anew with a consumer key and no token (RFC 5849 3.4, two-legged); all query parameters are signed. */
export class OAuth1Authorization implements Authorization {
  constructor(private readonly settings: OAuth1Settings, private readonly moment: () => OAuth1Moment) {}

  async headersFor({ method, url }: Pick<UpstreamRequest, 'method' | 'url'>): Promise<Record<string, string>> {
    return { authorization: oauth1Header(method, url, this.settings, this.moment()) };
  }

  async renew(): Promise<boolean> {
    return false;
  }
}

/** The Authorization header of RFC 5849 3.5.1 for a request whose parameters all stand in the URL's query. */
export function oauth1Header(method: string, url: URL, settings: OAuth1Settings, moment: OAuth1Moment): string {
  const own: [string, string][] = [
    ['oauth_consumer_key', settings.consumerKey],
    ['oauth_nonce', moment.nonce],
    ['oauth_signature_method', settings.signatureMethod],
    ['oauth_timestamp', String(moment.timestamp)],
    ['oauth_version', '1.0'],
  ];
  const pairs = [...url.searchParams, ...own].map(([name, value]): [string, string] => [percentEncode(name), percentEncode(value)]);
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  const base = [method.toUpperCase(), `${url.origin}${url.pathname}`, pairs.map(([name, value]) => `${name}=${value}`).join('&')].map(percentEncode).join('&');
  const signature = createHmac(settings.signatureMethod === 'HMAC-SHA1' ? 'sha1' : 'sha256', `${percentEncode(settings.consumerSecret)}&`).update(base).digest('base64');
  return `OAuth ${[...own, ['oauth_signature', signature] as const].map(([name, value]) => `${name}="${percentEncode(value)}"`).join(', ')}`;
}

/** Everything but the unreserved characters of RFC 3986 as upper-case `%XX` of its UTF-8 bytes. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
