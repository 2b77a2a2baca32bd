import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readPage, type PageFile, type PageFiles } from './page-files.js';

/** Everything comes from here; nothing inline runs, nothing is framed, no address of the page is told to others. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

const NOT_OF_THE_PAGE = /^\/(api|internal|livez|readyz|metrics|assets)(\/|\?|$)/;
const NOT_BUILT = 'The page is not built. "npm run build" builds it; the API is described at /api/docs.\n';

/** Serves the built page: its files by name, and its one document for every address that a browser opens and that is none of the API's. */
export function servePage(app: NestFastifyApplication, files: PageFiles = readPage()): void {
  const fastify = app.getHttpAdapter().getInstance();
  const document = files.get('/index.html');
  const sendDocument = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (document) return send(document, request, reply);
    return reply.status(404).headers({ ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).send(NOT_BUILT);
  };
  fastify.get('/', async (request, reply) => sendDocument(request, reply));
  for (const [path, file] of files) if (file !== document) fastify.get(path, async (request, reply) => send(file, request, reply));
  // A route for every other address would make each wrong address of the API look like one that takes GET.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.is404 && opensPage(request)) sendDocument(request, reply);
    else done();
  });
}

function opensPage({ method, url, headers }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html') && !NOT_OF_THE_PAGE.test(url);
}

function send({ type, etag, bytes, gzip, immutable }: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers({ ...PAGE_HEADERS, etag, vary: 'accept-encoding', 'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache' });
  if (request.headers['if-none-match'] === etag) return reply.status(304).send();
  void reply.header('content-type', type);
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(bytes);
  return reply.header('content-encoding', 'gzip').send(gzip);
}
