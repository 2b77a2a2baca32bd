import { RunsAnswer, type RunLogAnswer } from '@lastgood/contracts';
import type { Visit } from './browser.js';
import { keystrokesToPaint } from './keystroke-to-paint.js';
import { DISTRICT, until } from './lastgood-client.js';
import { PATIENCE_MS, picture, type PageStory } from './page-story.js';

const LINES = 2_000;
const AT_ONCE = 500;

/** The log of a run, and how fast a search shows; told after a run has failed. */
export function describeRunLog(story: () => PageStory): void {
  describe('beside the results', () => tellRunLog(story));
}

function tellRunLog(story: () => PageStory): void {
  let visit: Visit;

  beforeAll(async () => {
    const { browser, product } = story();
    visit = await browser.open(product.url);
    await visit.signIn(`/${DISTRICT}/search`);
  }, PATIENCE_MS);
  afterAll(async () => {
    await visit?.close();
  });
  afterEach(() => {
    expect(visit.troubles.splice(0)).toEqual([]);
  });

  const fetchingTook = () => visit.page.getByRole('list', { name: 'Phases of the run' }).getByRole('listitem').filter({ hasText: /Fetching ?\d+ s/ });
  const log = () => visit.page.getByRole('region', { name: 'Log', exact: true });

  async function openFailedRun(): Promise<void> {
    const { items: [failed] } = await story().product.get(RunsAnswer, `/api/v1/runs?district=${DISTRICT}&phase=failed&limit=1`);
    await visit.page.goto(`/${DISTRICT}/runs/${failed?.id ?? ''}`);
  }

  test('a run shows what writer and fetcher logged of it, by level and by text', async () => {
    const { page } = visit;
    await openFailedRun();
    for (const line of ['The run started.', 'the pull begins', 'the pull failed']) await log().getByText(line, { exact: true }).waitFor();
    await fetchingTook().waitFor();
    expect(await visit.findings()).toEqual([]);
    expect(await visit.unreached()).toEqual([]);
    await log().scrollIntoViewIfNeeded();
    await picture(visit, 'run-log');
    await log().getByLabel('Find in the log').fill('collection=classes');
    await log().getByText('1 line', { exact: true }).waitFor();
    await log().getByText('a collection is fetched').waitFor();
    await log().getByLabel('Find in the log').fill('');
    await log().getByRole('button', { name: /All lines/ }).click();
    await page.getByRole('option', { name: 'Warnings and errors' }).click();
    await log().getByText('The run started.').waitFor({ state: 'detached' });
    await log().getByText('the pull failed', { exact: true }).waitFor();
    await log().getByLabel('Find in the log').fill('nothing has this text');
    await log().getByText('No lines', { exact: true }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await visit.fits()).toBe(true);
    await page.setViewportSize({ width: 1280, height: 860 });
  }, PATIENCE_MS);

  test('the progress of a run tells phase, collection, pages, records, their rate, and the time left as a range', async () => {
    const { page } = visit;
    const { product, upstream } = story();
    await upstream.control.setQuirks({ kind: 'hang', collection: 'users' });
    const { id } = await product.request(DISTRICT);
    await page.goto(`/${DISTRICT}/runs/${id}`);
    const progress = page.getByRole('progressbar', { name: /^Fetching · users · [\d,]+ pages · [\d,]+ of [\d,]+ records · [\d,]+ per second · [\dhmins ]+ to [\dhmins ]+ left$/ });
    await progress.waitFor();
    expect(Number(await progress.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
    await picture(visit, 'run-running');
    await product.fetch(`/api/v1/runs/${id}/cancel`, { method: 'POST' });
    await upstream.control.setQuirks();
    expect((await product.endOf(id)).phase).toMatch(/^(cancelled|failed)$/);
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    await fetchingTook().waitFor();
  }, PATIENCE_MS);

  test('of 2,000 lines only those in view are drawn, and the last is one press away', async () => {
    const { page } = visit;
    await page.route(/\/log\?/, (route) => {
      const first = Number(new URL(route.request().url()).searchParams.get('cursor') ?? '0');
      const answer: RunLogAnswer = {
        items: Array.from({ length: AT_ONCE }, (_, index) => ({ at: new Date(Date.UTC(2026, 10, 22) + first + index).toISOString(), level: 'info', by: 'fetcher', message: `line ${first + index + 1}`, fields: { rows: index } })),
        nextCursor: first + AT_ONCE < LINES ? String(first + AT_ONCE) : null,
      };
      return route.fulfill({ json: answer });
    });
    await openFailedRun();
    await log().getByText('2,000 lines', { exact: true }).waitFor();
    await log().getByText('line 1', { exact: true }).click();
    expect(await page.locator('.log-line').count()).toBeLessThan(100);
    await page.keyboard.press('End');
    await log().getByText('line 2000', { exact: true }).waitFor();
    expect(await page.locator('.log-line').count()).toBeLessThan(100);
    await page.unroute(/\/log\?/);
  }, PATIENCE_MS);

  test('one keystroke asks for one list of people, the other tabs are counted when the typing rests, and each letter is painted', async () => {
    const { page } = visit;
    await page.goto(`/${DISTRICT}/search`);
    await page.locator('.result').first().waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (searchParams.get('q')) asked.push(`${pathname.split('/').at(-1) ?? ''} ${searchParams.get('q') ?? ''}`);
    });
    const milliseconds = await keystrokesToPaint(page, 'fern');
    console.log(`keystroke to paint, 600 people: ${milliseconds.map((one) => Math.round(one)).join(', ')} ms`);
    expect(milliseconds).toHaveLength(4);
    await until(() => asked.includes('classes fern') && asked.includes('parents fern'), 15_000, 'the other tabs to be counted');
    expect(asked.filter((one) => one.startsWith('students'))).toEqual(['students f', 'students fe', 'students fer', 'students fern']);
    await page.getByRole('tab', { name: /^Parents \d+/ }).waitFor();
  }, PATIENCE_MS);
}
