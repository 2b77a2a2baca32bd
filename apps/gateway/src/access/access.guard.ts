import { timingSafeEqual } from 'node:crypto';
import { createParamDecorator, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ServiceError } from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isChange, type AuditedRequests } from '../audit/audit-requests.js';
import { noteAsked, refuseUnfitPurpose } from '../audit/request-facts.js';
import type { KeyRing } from './key-ring.js';
import { covers, isLimited, may, type Permission, type Principal } from './permissions.js';
import type { RequestLimits } from './request-limits.js';
import { operationId, PERMISSION_KEY } from './route.js';
import type { LiveSession, SessionBook } from './session-book.js';
import { sessionTokenOf } from './session-cookie.js';

type AuthorisedRequest = FastifyRequest & { principal?: Principal };

/** The principal of a request that passed the guard. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => callerOf(context.switchToHttp().getRequest<FastifyRequest>()));

/** The same, of the request itself. */
export function callerOf({ principal }: AuthorisedRequest): Principal {
  if (!principal) throw new Error('a route asks for its caller but is open to everybody');
  return principal;
}

/** The operation's id, as the description of the API has it. */
function actionOf(context: ExecutionContext): string {
  return operationId(context.getClass().name, context.getHandler().name);
}

/** Denies by default: 401 without a key, 403 with a bad or too weak one, 404 for a district outside the key's scope. */
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyRing,
    private readonly sessions: SessionBook,
    private readonly limits: RequestLimits,
    private readonly audited: AuditedRequests,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const permission = this.reflector.get<Permission | 'none' | undefined>(PERMISSION_KEY, context.getHandler());
    if (permission === 'none') return true;
    if (permission === undefined) throw new ServiceError('denied', 'route_without_permission', 'This route declares no permission and is closed.');
    const http = context.switchToHttp();
    const request = http.getRequest<AuthorisedRequest>();
    const asked = noteAsked(request, { action: actionOf(context), permission, principal: null, granted: false });
    const principal = await this.#authenticate(request, http.getResponse<FastifyReply>());
    asked.principal = principal;
    if (!may(principal, permission)) throw new ServiceError('denied', 'forbidden', `The role ${principal.role} may not do this; it needs the permission "${permission}".`);
    const { district } = request.params as { district?: string };
    if (district !== undefined && !covers(principal, district)) throw new ServiceError('not-found', 'unknown_district', 'There is no such district, or this key may not see it.');
    if (permission === 'look-up-live') await this.limits.spendLookUp(principal.keyId, http.getResponse<FastifyReply>());
    else if (isLimited(request.method, permission)) await this.limits.spend(principal.keyId, http.getResponse<FastifyReply>());
    refuseUnfitPurpose(request);
    asked.granted = true;
    if (isChange(request.method)) await this.audited.begin(request, asked);
    request.principal = principal;
    return true;
  }

  async #authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const header = request.headers.authorization;
    if (header === undefined) return this.#fromSession(request, reply);
    const key = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)?.[1];
    // Reads with a key that was seen ask no database.
    const known = key === undefined ? null : this.keys.known(key);
    if (known) return known;
    await this.limits.refuseWhenGuessing(request.ip);
    const principal = key === undefined ? null : await this.keys.verify(key);
    if (principal) return principal;
    await this.limits.countBadKey(request.ip);
    void reply.header('www-authenticate', 'Bearer realm="lastgood", error="invalid_token"');
    throw new ServiceError('denied', 'bad_key', 'This key is unknown, expired or revoked.');
  }

  async #fromSession(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const token = sessionTokenOf(request);
    const session = token === undefined ? null : await this.sessions.verify(token);
    if (session) {
      if (isChange(request.method)) refuseForged(request, session);
      return session.principal;
    }
    void reply.header('www-authenticate', 'Bearer realm="lastgood"');
    throw token === undefined
      ? new ServiceError('unauthenticated', 'no_key', 'Send a key: Authorization: Bearer lg_...')
      : new ServiceError('unauthenticated', 'session_ended', 'This session has ended; sign in again.');
  }
}

/** Throws `csrf` when a change does not carry what only the page that signed in knows. */
export function refuseForged({ headers }: FastifyRequest, { csrf }: LiveSession): void {
  const [given, expected] = [Buffer.from(String(headers['x-csrf-token'] ?? '')), Buffer.from(csrf)];
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new ServiceError('denied', 'csrf', 'With the cookie of a session a change needs its token: X-CSRF-Token, as GET /api/v1/session gives it.');
}
