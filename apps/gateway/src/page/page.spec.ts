import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture.js';
import { readPage } from './page-files.js';

const BROWSER = { key: null, headers: { accept: 'text/html,application/xhtml+xml' } };
let gateway: GatewayFixture;

beforeAll(async () => {
  gateway = await startGateway(() => undefined);
});
afterAll(() => gateway.close());

test('every address that a browser opens gives the one document, asked for anew each time', async () => {
  const first = await gateway.call('/', { key: null });
  const document = await first.text();
  expect(document).toContain('<title>Lastgood</title>');
  expect([first.status, first.headers.get('content-type'), first.headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
  for (const path of ['/sign-in', '/lakeside/search?q=a', '/districts', '/audit']) expect(await (await gateway.call(path, BROWSER)).text()).toBe(document);
  const again = await gateway.call('/', { key: null, headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
});

test('the document allows nothing that is not served here, and names no inline script or style', async () => {
  const answer = await gateway.call('/', { key: null });
  expect(answer.headers.get('content-security-policy')).toBe("default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
  expect([answer.headers.get('x-content-type-options'), answer.headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
  const document = await answer.text();
  expect(document).not.toMatch(/<style|<script(?![^>]*\ssrc="\/)|\sstyle=|\son\w+=|https?:/);
});

test('files of the page are kept for a year and sent compressed, as their names hold a hash', async () => {
  const document = await (await gateway.call('/', { key: null })).text();
  const names = [...document.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) {
    const answer = await gateway.call(name, { key: null });
    await answer.arrayBuffer();
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('content-encoding')]).toEqual([200, 'public, max-age=31536000, immutable', 'gzip']);
  }
});

test('wrong addresses of the API stay problems, for browsers too, and programs never get the page for an unknown address', async () => {
  for (const path of ['/api/v1/nothing', '/assets/nothing.js', '/internal/nothing', '/metrics/nothing']) {
    const answer = await gateway.call(path, BROWSER);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 404, 'application/problem+json; charset=utf-8']);
  }
  const program = await gateway.call('/districts', { key: null, headers: { accept: 'application/json' } });
  expect([program.status, ((await program.json()) as { code: string }).code]).toEqual([404, 'unknown_route']);
  const sent = await gateway.call('/districts', { ...BROWSER, method: 'POST' });
  expect([sent.status, ((await sent.json()) as { code: string }).code]).toEqual([404, 'unknown_route']);
});

test('a folder without a built page gives no files, and unknown kinds of files are not served', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-page-'));
  try {
    expect(readPage(folder).size).toBe(0);
    mkdirSync(join(folder, 'assets'));
    for (const name of ['index.html', 'assets/a-1.js', 'assets/a-1.js.map', 'notes.md']) writeFileSync(join(folder, name), 'x');
    expect([...readPage(folder).keys()].sort()).toEqual(['/assets/a-1.js', '/index.html']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
