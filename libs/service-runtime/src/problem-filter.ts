import { ServiceError, type Problem } from '@lastgood/contracts';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import type { Log } from './log.js';
import { allowedMethods, type Route } from './routes.js';

/** The code and the words of answers that the framework gives before or instead of a handler. */
const BY_STATUS: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['invalid_request', 'The request cannot be read: its URL, headers or JSON are malformed.'],
  404: ['unknown_route', 'There is no such address here.'],
  413: ['body_too_large', 'The body is larger than this address takes.'],
  414: ['url_too_long', 'The address is too long.'],
  415: ['unsupported_media_type', 'Send the body as application/json.'],
  431: ['headers_too_large', 'The headers are too large.'],
  503: ['shutting_down', 'This process is stopping; ask again in a moment.'],
};

/** Turns what a handler throws into a problem (RFC 9457); errors of event handlers go on to the bus untouched. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log, private readonly routes: readonly Route[]) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    if (host.getType() === 'rpc') return throwError(() => error);
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return undefined;
    const problem = this.#problem(error, request, reply);
    if (problem.retryAfterSeconds !== undefined) void reply.header('Retry-After', problem.retryAfterSeconds);
    if (problem.status === 401 && !reply.hasHeader('WWW-Authenticate')) void reply.header('WWW-Authenticate', 'Bearer');
    sendProblem(reply, problem);
    return undefined;
  }

  #problem(error: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
    if (error instanceof ServiceError) {
      const problem = error.toProblem();
      if (problem.status >= 500) this.log.warn('a request could not be served', { route: request.routeOptions.url, code: problem.code, cause: error.cause instanceof Error ? error.cause.name : null });
      return problem;
    }
    const status = statusOf(error);
    if (status === 404) return this.#noRoute(request, reply);
    if (status !== undefined && status in BY_STATUS) return plain(status);
    this.log.error('a handler failed', error, { route: request.routeOptions.url, method: request.method });
    return { ...plain(500), code: 'internal_error', title: 'internal error', type: 'urn:lastgood:problem:internal_error', detail: 'Something failed here that should not. The log of this service tells more.' };
  }

  #noRoute(request: FastifyRequest, reply: FastifyReply): Problem {
    const methods = allowedMethods(this.routes, request.url);
    if (methods.length === 0) return plain(404);
    void reply.header('Allow', methods.join(', '));
    return { ...plain(405), code: 'method_not_allowed', title: 'method not allowed', type: 'urn:lastgood:problem:method_not_allowed', detail: `This address takes ${methods.join(', ')}.` };
  }
}

/** Answers what the router refuses before any route is known; the framework's own words would repeat the URL. */
export function refuseUnroutable(error: { statusCode?: number }, _request: unknown, reply: FastifyReply): void {
  sendProblem(reply, plain(error.statusCode ?? 400));
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply.status(problem.status).header('Content-Type', 'application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

function plain(status: number): Problem {
  const [code, detail] = BY_STATUS[status] ?? ['invalid_request', 'The request cannot be served.'];
  return { type: `urn:lastgood:problem:${code}`, title: code.replaceAll('_', ' '), status, detail, code, retryable: status === 503 };
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
