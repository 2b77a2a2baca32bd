import { createHmac, timingSafeEqual } from 'node:crypto';

export type SignatureMethod = 'HMAC-SHA1' | 'HMAC-SHA256';

/** RFC 3986 percent-encoding as RFC 5849 section 3.6 wants it. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The signature base string of RFC 5849 section 3.4.1: method, address without query, and all
 * parameters (those of the query and of the Authorization header, without realm and signature).
 */
export function signatureBase(method: string, address: string, parameters: readonly (readonly [string, string])[]): string {
  const normalised = parameters
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => order(nameA, nameB) || order(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return [method.toUpperCase(), percentEncode(address), percentEncode(normalised)].join('&');
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The signature in base64; OneRoster uses no token, so the key ends with an ampersand. */
export function sign(base: string, consumerSecret: string, method: SignatureMethod): string {
  const algorithm = method === 'HMAC-SHA256' ? 'sha256' : 'sha1';
  return createHmac(algorithm, `${percentEncode(consumerSecret)}&`).update(base).digest('base64');
}

/** Compares two texts in a time that does not tell where they differ. */
export function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The parameters of an `OAuth ...` Authorization header, decoded; undefined when it is another scheme. */
export function readAuthorization(header: string | undefined): Map<string, string> | undefined {
  if (header === undefined || !/^OAuth\s/i.test(header)) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', value = ''] of header.slice(6).matchAll(/([^\s=,]+)="([^"]*)"/g)) {
    try {
      parameters.set(decodeURIComponent(name), decodeURIComponent(value));
    } catch {
      return undefined;
    }
  }
  return parameters;
}
