import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { linesOfApart } from './apart/apart-report.js';
import { measureApart } from './apart/measure-apart.js';
import { measureFloor } from './floor.js';
import { servePages } from './pages.js';
import { measurePaint } from './paint.js';
import { benchProduct, measureRefresh, requestToSearchable } from './refresh.js';
import { benchDistrict } from './render-pages.js';
import { linesOf, linesOfSearch, ratioOf, tableOf, type Figures, type ReportLine } from './report.js';
import { measureSearch } from './search.js';
import { measureSimilar } from './similar/similar.js';

const { values } = parseArgs({ options: { people: { type: 'string', default: '50000' }, json: { type: 'string' }, apart: { type: 'boolean', default: false }, search: { type: 'boolean', default: false }, districts: { type: 'string', default: '1000' } } });
/** Similar hits are promised for so many, whatever else is measured. */
const SIMILAR_PEOPLE = 1_000_000;
const people = Number(values.people);
if (!Number.isInteger(people) || people < 2000 || people > 2_000_000) {
  process.stderr.write('--people takes a number from 2000 to 2000000\n');
  process.exit(2);
}

const districts = Number(values.districts);
if (!Number.isInteger(districts) || districts < 10 || districts > 20_000) {
  process.stderr.write('--districts takes a number from 10 to 20000: how many are due in the same minute, with --apart\n');
  process.exit(2);
}

const say = (words: string): void => void process.stderr.write(`${words}\n`);

/** What is to be ended or removed, last first, also when the benchmark fails or is interrupted. */
const leftovers: (() => Promise<void> | void)[] = [];

async function cleanUp(): Promise<void> {
  for (let end = leftovers.pop(); end !== undefined; end = leftovers.pop()) await end();
}

function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-bench-'));
  leftovers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function bench(): Promise<{ lines: ReportLine[] }> {
  const folder = benchFolder();
  say(`Rendering the pages of ${people.toLocaleString('en')} people ...`);
  const pages = await servePages(people, folder);
  leftovers.push(() => pages.process.end());
  const product = benchProduct(pages.url);
  leftovers.push(() => product.close());
  say('Refreshing ...');
  const refresh = await measureRefresh(product);
  say('Searching ...');
  const search = await measureSearch(product, benchDistrict(people), folder);
  say('Typing into the page ...');
  const paint = await measurePaint(product);
  await product.stop();
  say('The floor ...');
  const times = await measureFloor(pages.url, folder, refresh.files);
  say('Searching for what resembles ...');
  const similar = await measureSimilar(SIMILAR_PEOPLE, folder);
  const figures: Figures = {
    people, rows: pages.rows, pageServer: { peoplePerSecond: pages.peoplePerSecond }, refresh,
    floor: { ...times, peoplePerSecond: people / times.seconds, ratio: ratioOf(people, refresh.seconds, times.seconds) }, search, paint, similar,
  };
  return { ...figures, lines: linesOf(figures) };
}

/** The search figures alone: one start, one refresh, no floor. */
async function benchSearch(): Promise<Pick<Figures, 'people' | 'search'> & { lines: ReportLine[] }> {
  const folder = benchFolder();
  const pages = await servePages(people, folder);
  leftovers.push(() => pages.process.end());
  const product = benchProduct(pages.url);
  leftovers.push(() => product.close());
  await product.start();
  say('Refreshing ...');
  await requestToSearchable(product);
  say('Searching ...');
  const search = await measureSearch(product, benchDistrict(people), folder);
  return { people, search, lines: linesOfSearch(search) };
}

async function benchApart(): Promise<{ lines: ReportLine[] }> {
  const figures = await measureApart({ people, districts }, benchFolder(), say, (end) => leftovers.push(end));
  return { ...figures, lines: linesOfApart(figures) };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
const figures = await (values.apart ? benchApart() : values.search ? benchSearch() : bench()).finally(cleanUp);
process.stdout.write(`\n${tableOf(people, figures.lines)}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ node: process.version, cores: availableParallelism(), ...figures }, null, 2)}\n`);
