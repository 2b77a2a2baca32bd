import { Failure } from '../oneroster/failure.js';
import type { AuthOf } from '../options.js';
import { Authenticator, type CallerRequest } from './caller.js';
import { readAuthorization, sameText, sign, signatureBase, type SignatureMethod } from './oauth1-signature.js';

const rememberedNonces = 200_000;

function refuse(reason: string): never {
  throw new Failure(401, 'unauthorisedrequest', `OAuth 1: ${reason}.`, { 'www-authenticate': 'OAuth realm="oneroster"' });
}

/** Verifies OAuth 1.0a signatures (RFC 5849) without a token: signature over all parameters, time window, nonces. */
export class OAuth1 extends Authenticator {
  readonly #nonces = new Map<string, number>();

  constructor(
    readonly config: AuthOf<'oauth1'>,
    /** Milliseconds since 1970. */
    readonly now: () => number,
  ) {
    super();
  }

  override check(request: CallerRequest): void {
    const header = readAuthorization(request.authorization);
    const given = header ?? new Map([...request.parameters].filter(([name]) => name.startsWith('oauth_')));
    const parameter = (name: string): string => given.get(`oauth_${name}`) ?? refuse(`oauth_${name} is missing`);
    if (!sameText(parameter('consumer_key'), this.config.consumerKey)) refuse('the consumer key is unknown');
    const method = parameter('signature_method');
    if (!this.#accepts(method)) refuse('the signature method is not accepted');
    if ((given.get('oauth_version') ?? '1.0') !== '1.0') refuse('the version is not 1.0');
    const pairs: [string, string][] = [...request.parameters, ...(header ?? [])];
    const signed = pairs.filter(([name]) => name !== 'oauth_signature' && name !== 'realm');
    const expected = sign(signatureBase(request.method, request.address, signed), this.config.consumerSecret, method);
    if (!sameText(parameter('signature'), expected)) refuse('the signature does not match');
    this.#checkTime(parameter('timestamp'), parameter('nonce'));
  }

  override rotate(): undefined {
    return undefined;
  }

  #accepts(method: string): method is SignatureMethod {
    return (this.config.signatureMethods as readonly string[]).includes(method);
  }

  #checkTime(timestamp: string, nonce: string): void {
    const now = Math.floor(this.now() / 1000);
    const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
    if (!(seconds >= now - this.config.pastSeconds && seconds <= now + this.config.futureSeconds)) {
      refuse('the timestamp is outside of the window');
    }
    const key = `${timestamp} ${nonce}`;
    if (this.#nonces.has(key)) refuse('the nonce was used before');
    this.#nonces.set(key, seconds);
    this.#forgetOldNonces(now - this.config.pastSeconds);
  }

  /** The oldest entries stand first; the bound keeps a flood of requests from filling the memory. */
  #forgetOldNonces(oldest: number): void {
    for (const [key, seconds] of this.#nonces) {
      if (seconds >= oldest && this.#nonces.size <= rememberedNonces) return;
      this.#nonces.delete(key);
    }
  }
}
