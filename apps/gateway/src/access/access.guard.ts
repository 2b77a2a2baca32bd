import { createParamDecorator, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ServiceError } from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KeyRing } from './key-ring.js';
import { covers, may, type Permission, type Principal } from './permissions.js';
import type { RequestLimits } from './request-limits.js';
import { PERMISSION_KEY } from './route.js';

/** Limited like changes, whatever the method. */
const ADMIN: readonly Permission[] = ['administer', 'audit'];

type AuthorisedRequest = FastifyRequest & { principal?: Principal };

/** The principal of a request that passed the guard. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => callerOf(context.switchToHttp().getRequest<FastifyRequest>()));

/** The same, of the request itself. */
export function callerOf({ principal }: AuthorisedRequest): Principal {
  if (!principal) throw new Error('a route asks for its caller but is open to everybody');
  return principal;
}

const isChange = (method: string): boolean => method !== 'GET' && method !== 'HEAD';

/** Denies by default: 401 without a key, 403 with a bad or too weak one, 404 for a district outside the key's scope. */
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyRing,
    private readonly limits: RequestLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const permission = this.reflector.get<Permission | 'none' | undefined>(PERMISSION_KEY, context.getHandler());
    if (permission === 'none') return true;
    if (permission === undefined) throw new ServiceError('denied', 'route_without_permission', 'This route declares no permission and is closed.');
    const http = context.switchToHttp();
    const request = http.getRequest<AuthorisedRequest>();
    const principal = await this.#authenticate(request, http.getResponse<FastifyReply>());
    if (!may(principal, permission)) throw new ServiceError('denied', 'forbidden', `The role ${principal.role} may not do this; it needs the permission "${permission}".`);
    const { district } = request.params as { district?: string };
    if (district !== undefined && !covers(principal, district)) throw new ServiceError('not-found', 'unknown_district', 'There is no such district, or this key may not see it.');
    if (isChange(request.method) || ADMIN.includes(permission)) await this.limits.spend(principal.keyId);
    request.principal = principal;
    return true;
  }

  async #authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const header = request.headers.authorization;
    if (header === undefined) {
      void reply.header('www-authenticate', 'Bearer realm="lastgood"');
      throw new ServiceError('unauthenticated', 'no_key', 'Send a key: Authorization: Bearer lg_...');
    }
    const key = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)?.[1];
    await this.limits.refuseWhenGuessing(request.ip);
    const principal = key === undefined ? null : await this.keys.verify(key);
    if (principal) return principal;
    await this.limits.countBadKey(request.ip);
    void reply.header('www-authenticate', 'Bearer realm="lastgood", error="invalid_token"');
    throw new ServiceError('denied', 'bad_key', 'This key is unknown, expired or revoked.');
  }
}
