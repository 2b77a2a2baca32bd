import { randomBytes } from 'node:crypto';
import type { SourceConfig } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import { classlinkRoot } from '@lastgood/sources';
import type { Authorization, UpstreamClient } from '../upstream/upstream-client.js';
import { NoAuthorization, StaticBearer } from './bearer.js';
import { ClasslinkAuthorization } from './classlink-authorization.js';
import { OAuth1Authorization } from './oauth1.js';
import { OAuth2Authorization } from './oauth2.js';

/** How a source's data is reached: with which credentials and below which root. */
export interface Access {
  authorization: Authorization;
  /** Rostering root; for ClassLink found out by a call. */
  root(): Promise<string>;
}

/** Access to a source whose secrets are resolved. ClassLink with a bearer or without an applicationId is looked up in `/applications`; with other credentials and an applicationId the proxy is called directly. */
export function accessTo(source: SourceConfig, client: UpstreamClient, clock: Clock): Access {
  const authorization = authorizationFor(source.auth, client, clock);
  if (source.kind !== 'classlink') return { authorization, root: async () => source.baseUrl };
  const { applicationId, tenantId, pathPrefix = '' } = source.classlink ?? {};
  if (applicationId !== undefined && source.auth.kind !== 'bearer') return { authorization, root: async () => classlinkRoot(source.baseUrl, pathPrefix, applicationId) };
  const token = source.auth.kind === 'bearer' ? source.auth.token : undefined;
  const classlink = new ClasslinkAuthorization({ baseUrl: source.baseUrl, pathPrefix, applicationId, tenantId, token }, client, authorization, () => clock.now());
  return { authorization: classlink, root: () => classlink.root() };
}

function authorizationFor(auth: SourceConfig['auth'], client: UpstreamClient, clock: Clock): Authorization {
  switch (auth.kind) {
    case 'none':
      return new NoAuthorization();
    case 'bearer':
      return new StaticBearer(auth.token);
    case 'oauth2':
      return new OAuth2Authorization(auth, client, clock);
    case 'oauth1':
      return new OAuth1Authorization(auth, () => ({ timestamp: Math.floor(clock.now() / 1000), nonce: randomBytes(16).toString('hex') }));
  }
}

/** Hosts a source may call: those of its addresses and the ones it lists, in lower case. */
export function hostsOf(source: SourceConfig): Set<string> {
  const urls = [source.baseUrl, ...(source.auth.kind === 'oauth2' ? [source.auth.tokenUrl] : [])];
  return new Set([...urls.map((url) => new URL(url).host), ...source.allowedHosts.map((host) => host.toLowerCase())]);
}
