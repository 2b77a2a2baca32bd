import type { Clock } from '@lastgood/service-runtime';
import { z } from 'zod';
import type { UpstreamRequest } from '../upstream/http-attempt.js';
import type { Authorization, UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { percentEncode } from './oauth1.js';
import { RenewedToken } from './renewed-token.js';

export interface OAuth2Settings {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope?: string | undefined;
  credentialsIn: 'header' | 'body' | 'query';
}

/** RFC 6749 5.1, as far as it is needed; vendors send `expires_in` as text too. */
const TokenAnswer = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  expires_in: z.coerce.number().min(0).max(315_360_000).optional().catch(undefined),
});

interface Token {
  value: string;
  /** Instant of the clock from which it is no longer used; infinite when the answer does not tell. */
  useUntilMs: number;
  cookie: { header: string; domains: string[] } | null;
}

/** OAuth2 client credentials (RFC 6749 4.4): one token for all calls of a pull, renewed shortly before it runs out and after a refusal. */
export class OAuth2Authorization implements Authorization {
  readonly #token: RenewedToken<Token>;

  constructor(private readonly settings: OAuth2Settings, private readonly client: UpstreamClient, private readonly clock: Clock) {
    this.#token = new RenewedToken(() => this.#fetchToken(), (token) => clock.now() < token.useUntilMs);
  }

  async headersFor({ url }: Pick<UpstreamRequest, 'method' | 'url'>): Promise<Record<string, string>> {
    const token = await this.#token.get();
    const headers = { authorization: bearer(token) };
    const covered = token.cookie?.domains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`)) ?? false;
    return token.cookie && covered ? { ...headers, cookie: token.cookie.header } : headers;
  }

  async renew(rejected: Record<string, string>): Promise<boolean> {
    const token = await this.#token.replace((current) => bearer(current) === rejected['authorization']);
    return bearer(token) !== rejected['authorization'];
  }

  async #fetchToken(): Promise<Token> {
    const askedMs = this.clock.now();
    const answer = await this.client.call(tokenRequest(this.settings));
    const parsed = TokenAnswer.safeParse(parseJson(answer.body));
    if (!parsed.success) throw new UpstreamFailure('token_answer_invalid', 'The token endpoint answered without a usable access_token; check tokenUrl and credentialsIn.', { retryable: true });
    const { access_token: value, expires_in: seconds } = parsed.data;
    const useUntilMs = seconds === undefined ? Number.POSITIVE_INFINITY : askedMs + seconds * 1000 - Math.min(30_000, seconds * 100);
    return { value, useUntilMs, cookie: cookieOf(answer.headers['set-cookie'], new URL(this.settings.tokenUrl).hostname) };
  }
}

const bearer = ({ value }: Token): string => `Bearer ${value}`;

/** The token call; its credentials stand where the vendor wants them, everything else of the token URL is kept. */
export function tokenRequest({ tokenUrl, clientId, clientSecret, scope, credentialsIn }: OAuth2Settings): UpstreamRequest {
  const url = new URL(tokenUrl);
  const grant: [string, string][] = [['grant_type', 'client_credentials'], ...(scope === undefined ? [] : [['scope', scope] as [string, string]])];
  const secret: [string, string][] = [['client_id', clientId], ['client_secret', clientSecret]];
  if (credentialsIn === 'query') {
    url.search = [url.search.replace(/^\?/, ''), encodeForm([...grant, ...secret])].filter((part) => part !== '').join('&');
    return { method: 'POST', url, headers: {}, body: '' };
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  if (credentialsIn === 'body') return { method: 'POST', url, headers: form, body: encodeForm([...grant, ...secret]) };
  const basic = Buffer.from(`${percentEncode(clientId)}:${percentEncode(clientSecret)}`).toString('base64');
  return { method: 'POST', url, headers: { ...form, authorization: `Basic ${basic}` }, body: encodeForm(grant) };
}

function encodeForm(pairs: [string, string][]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

/** Cookies of the token call, for its own host; for a wider domain that covers the host only when every one of them names it. */
function cookieOf(header: string | string[] | undefined, host: string): Token['cookie'] {
  const lines = header === undefined ? [] : [header].flat();
  const cookies = lines.map((line) => line.split(';', 1)[0]?.trim() ?? '').filter((cookie) => /^[^\s;,=]+=[\x21-\x7e]*$/.test(cookie));
  if (cookies.length === 0) return null;
  const [domain, ...others] = new Set(lines.map((line) => /;\s*domain=\.?([a-z0-9.-]+)/i.exec(line)?.[1]?.toLowerCase()));
  const covered = domain !== undefined && others.length === 0 && domain.includes('.') && host.endsWith(`.${domain}`);
  return { header: cookies.join('; '), domains: covered ? [host, domain] : [host] };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
