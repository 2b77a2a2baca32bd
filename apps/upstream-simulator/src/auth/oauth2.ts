import { randomBytes } from 'node:crypto';
import { Failure } from '../oneroster/failure.js';
import type { AuthOf } from '../options.js';
import { bearerOf } from './bearer.js';
import { Authenticator, type CallerRequest } from './caller.js';
import { sameText } from './oauth1-signature.js';

/** A request to the token endpoint. */
export interface TokenRequest {
  readonly authorization?: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
}

/** An answer of the token endpoint (RFC 6749 section 5). */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

interface Token {
  readonly expiresAtMs: number;
  readonly scopes: ReadonlySet<string>;
  readonly cookie: string;
}

const rememberedTokens = 10_000;
const scopePattern = /^https:\/\/purl\.imsglobal\.org\/spec\/or\/v1p[12]\/scope\/([a-z-]+)\.readonly$/;

function decodeBasic(authorization: string | undefined): [string, string] | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const decode = (part: string): string => new URLSearchParams(`v=${part}`).get('v') ?? '';
  return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))];
}

/** OAuth 2 client credentials: a token endpoint, and bearers that expire and carry scopes. */
export class OAuth2 extends Authenticator {
  readonly #tokens = new Map<string, Token>();

  constructor(
    readonly config: AuthOf<'oauth2'>,
    /** Milliseconds since 1970. */
    readonly now: () => number,
  ) {
    super();
  }

  /** Answers a token request; a wrong grant, place of credentials, credential or scope is refused as RFC 6749 says. */
  issue(request: TokenRequest): TokenAnswer {
    const parameters = this.config.credentialsIn === 'query' ? request.query : request.form;
    if (parameters.get('grant_type') !== 'client_credentials') return refusal(400, 'unsupported_grant_type');
    const [id, secret] = this.#credentials(request, parameters) ?? [];
    if (id === undefined || secret === undefined || !this.#knows(id, secret)) return refusal(401, 'invalid_client');
    const scopes = this.#granted(parameters.get('scope') ?? '');
    if (scopes.length === 0 && this.config.enforcesScope) return refusal(400, 'invalid_scope');
    return this.#grant(scopes);
  }

  override check({ authorization, cookie, collection }: CallerRequest): void {
    const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
    const token = this.#tokens.get(bearerOf(authorization) ?? '');
    if (token === undefined || token.expiresAtMs <= this.now()) {
      throw new Failure(401, 'unauthorisedrequest', 'The token is missing, unknown or has expired.', challenge);
    }
    if (this.config.wantsCookie && !(cookie ?? '').includes(token.cookie)) {
      throw new Failure(401, 'unauthorisedrequest', 'The cookie of the token answer is missing.', challenge);
    }
    if (this.config.enforcesScope && !allows(token.scopes, collection)) {
      throw new Failure(403, 'forbidden', 'The scope of the token does not cover this collection.');
    }
  }

  override rotate(): undefined {
    this.#tokens.clear();
    return undefined;
  }

  #credentials(request: TokenRequest, parameters: URLSearchParams): readonly [string, string] | undefined {
    if (this.config.credentialsIn === 'basic') return decodeBasic(request.authorization);
    const id = parameters.get('client_id');
    const secret = parameters.get('client_secret');
    return id === null || secret === null ? undefined : [id, secret];
  }

  #knows(id: string, secret: string): boolean {
    return sameText(id, this.config.clientId) && sameText(secret, this.config.clientSecret);
  }

  #granted(asked: string): string[] {
    const wanted = asked.split(/\s+/).filter((scope) => scope !== '');
    const { grantableScopes } = this.config;
    return wanted.filter((scope) => scopePattern.test(scope) && (grantableScopes?.includes(scope) ?? true));
  }

  #grant(scopes: readonly string[]): TokenAnswer {
    if (this.config.newTokenEndsOlder) this.#tokens.clear();
    const value = randomBytes(24).toString('base64url');
    const cookie = `session=${randomBytes(12).toString('base64url')}`;
    const expiresAtMs = this.now() + this.config.expiresInSeconds * 1000;
    this.#tokens.set(value, { expiresAtMs, scopes: new Set(scopes), cookie });
    const oldest = this.#tokens.keys().next().value;
    if (this.#tokens.size > rememberedTokens && oldest !== undefined) this.#tokens.delete(oldest);
    return {
      status: 200,
      body: {
        access_token: value,
        token_type: 'Bearer',
        expires_in: this.config.expiresInSeconds,
        ...(this.config.tellsScope ? { scope: scopes.join(' ') } : {}),
      },
      headers: { 'cache-control': 'no-store', ...(this.config.wantsCookie ? { 'set-cookie': `${cookie}; Path=/; HttpOnly` } : {}) },
    };
  }
}

function refusal(status: number, error: string): TokenAnswer {
  return { status, body: { error }, headers: status === 401 ? { 'www-authenticate': 'Basic' } : {} };
}

/** roster and roster-core cover all collections but demographics, which have a scope of their own. */
function allows(scopes: ReadonlySet<string>, collection: string | undefined): boolean {
  const names = [...scopes].map((scope) => scopePattern.exec(scope)?.[1]);
  if (collection === 'demographics') return names.includes('roster-demographics');
  return names.includes('roster') || names.includes('roster-core');
}
