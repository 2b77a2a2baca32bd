import { Body, Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import { ServiceError, Session, SignInBody } from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseForged } from '../access/access.guard.js';
import { PERMISSIONS, type Principal } from '../access/permissions.js';
import { RequestLimits } from '../access/request-limits.js';
import { Route } from '../access/route.js';
import { SessionBook, type LiveSession } from '../access/session-book.js';
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from '../access/session-cookie.js';
import { AuditedChanges } from '../audit/audited-changes.js';
import { AuditedRequests } from '../audit/audit-requests.js';
import { noteAsked, type Asked } from '../audit/request-facts.js';
import { Answers } from './answers.js';

type Opened = LiveSession & { token: string };

/** Signing in and out of the page. */
@Controller('api/v1/session')
export class SessionController {
  constructor(private readonly sessions: SessionBook, private readonly limits: RequestLimits, private readonly audited: AuditedRequests, private readonly changes: AuditedChanges) {}

  @Answers({ problems: [403, 429], limited: true })
  @Post()
  @Route({ permission: 'none', summary: 'Sign in with a key or a sign-in link; sets the cookie of the session', answer: Session })
  async signIn(@Body({ schema: SignInBody }) body: SignInBody, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Session> {
    const asked = noteAsked(request, { action: 'session_signIn', permission: 'none', principal: null, granted: false });
    if (request.headers['sec-fetch-site'] === 'cross-site') throw new ServiceError('denied', 'csrf', 'Another site cannot sign anybody in here.');
    await this.limits.countSignIn(request.ip, reply);
    await this.limits.refuseWhenGuessing(request.ip);
    const principal = await this.sessions.whoSignsIn(body);
    const opened = principal && await this.#open(request, asked, body, principal);
    if (opened === null) {
      Object.assign(asked, { principal: null, granted: false });
      await this.limits.countBadKey(request.ip);
      throw body.key === undefined
        ? new ServiceError('denied', 'bad_link', 'This link was used, or is older than 15 minutes. Sign in with a key, or start again for a new link.')
        : new ServiceError('denied', 'bad_key', 'This key is unknown, expired or revoked.');
    }
    setSessionCookie(request, reply, opened.token, opened.expiresAt);
    return shownOf(opened);
  }

  @Answers({ problems: [401], signedIn: true })
  @Get()
  @Route({ permission: 'none', summary: 'Who is signed in, by the cookie', answer: Session })
  async current(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Session> {
    void reply.header('cache-control', 'no-store');
    return shownOf((await this.#of(request)).session);
  }

  @Answers({ problems: [401, 403], signedIn: true, takes: ['X-CSRF-Token'] })
  @Delete()
  @Route({ permission: 'none', summary: 'Sign out; the cookie is of no use afterwards', status: 204 })
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { token, session } = await this.#of(request);
    const asked = noteAsked(request, { action: 'session_signOut', permission: 'none', principal: session.principal, granted: true });
    refuseForged(request, session);
    await this.audited.begin(request, asked);
    await this.changes.make(request, (db) => this.sessions.end(token, db));
    this.sessions.forget(token);
    clearSessionCookie(request, reply);
  }

  /** One transaction with the entry, made first, that says who signs in. */
  async #open(request: FastifyRequest, asked: Asked, body: SignInBody, principal: Principal): Promise<Opened | null> {
    Object.assign(asked, { principal, granted: true, about: body.key === undefined ? 'by link' : 'by key' });
    await this.audited.begin(request, asked);
    return await this.changes.make(request, (db) => this.sessions.open(body, principal, db));
  }

  async #of(request: FastifyRequest): Promise<{ token: string; session: LiveSession }> {
    const token = sessionTokenOf(request);
    const session = token === undefined ? null : await this.sessions.verify(token);
    if (token === undefined || session === null) throw new ServiceError('unauthenticated', 'no_session', 'Nobody is signed in here.');
    return { token, session };
  }
}

function shownOf({ principal: { name, role, districts }, csrf, expiresAt }: LiveSession): Session {
  return { name, role, permissions: [...PERMISSIONS[role]], districts: districts === null ? null : [...districts], csrf, expiresAt };
}
