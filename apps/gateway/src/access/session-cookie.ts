import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'lastgood_session';

/** The session's token of a request, as its cookie says it. */
export function sessionTokenOf({ headers: { cookie } }: FastifyRequest): string | undefined {
  return cookie === undefined ? undefined : parseCookie(cookie)[SESSION_COOKIE];
}

/** Gives the browser the token until `expiresAt`; no script can read it, no other site can send it. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string, expiresAt: string): void {
  send(request, reply, token, new Date(expiresAt));
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  send(request, reply, '', new Date(0));
}

function send(request: FastifyRequest, reply: FastifyReply, value: string, expires: Date): void {
  // A proxy that ends TLS says so; who lies here only loses a cookie of their own.
  const secure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  void reply.header('set-cookie', stringifySetCookie({ name: SESSION_COOKIE, value, expires, path: '/', httpOnly: true, sameSite: 'strict', secure }));
}
