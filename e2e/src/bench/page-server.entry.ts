import { createServer } from 'node:http';
import process from 'node:process';
import type { AddressInfo } from 'node:net';
import { servicePath } from '@lastgood/upstream-simulator';
import { benchDistrict, COLLECTIONS, RenderedCollection } from './render-pages.js';

/**
 * A process of its own: renders every page of a district to files, then serves them as a OneRoster 1.1 provider does, for any offset and limit.
 * Arguments: people, folder, bearer token. Says `{ url }` on one line once everything is rendered.
 */
const [people = '', folder = '', token = ''] = process.argv.slice(2);
const district = benchDistrict(Number(people));
const collections = new Map(COLLECTIONS.map((name) => [name as string, new RenderedCollection(folder, district, name)]));
const root = `${servicePath['1.1']}/`;
const MOST_ROWS = 50_000;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const collection = url.pathname.startsWith(root) ? collections.get(url.pathname.slice(root.length)) : undefined;
  const offset = Number(url.searchParams.get('offset') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? 100);
  if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
  if (collection === undefined) return void response.writeHead(404).end();
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(limit) || offset < 0 || limit < 1) return void response.writeHead(400).end();
  const body = collection.page(offset, Math.min(limit, MOST_ROWS));
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length, 'X-Total-Count': String(collection.count) }).end(body);
});

// A client that works on a page for long must not find its connection closed.
server.keepAliveTimeout = 10 * 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const rows = Object.fromEntries([...collections].map(([name, { count }]) => [name, count]));
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, rows })}\n`);
});
// Whoever started this process holds its input open; its death closes it.
process.stdin.on('end', () => process.exit()).resume();
