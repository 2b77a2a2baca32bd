import { DistrictStatus, RunsAnswer, StudentsAnswer, type DistrictsAnswer } from '@lastgood/contracts';
import type { Locator, Page } from 'playwright-core';
import type { Visit } from './browser.js';
import { DISTRICT, SOURCE } from './lastgood-client.js';
import { PATIENCE_MS, type PageStory } from './page-story.js';

const AWAY = { type: 'urn:x', title: 'away', status: 503, detail: 'The service behind this is away.', code: 'away', retryable: false };

/** What addresses name. */
interface Known {
  run: string;
  snapshot: string;
  student: string;
}

interface Screen {
  screen: string;
  path: (known: Known) => string;
  /** What the screen, or its part at `within`, is made of. */
  asks: RegExp;
  within?: string;
  content: (page: Page) => Locator;
}

const row = (page: Page): Locator => page.getByRole('row').nth(1);
const hit = (page: Page): Locator => page.locator('.result').first();
const lastRuns = (page: Page): Locator => page.getByRole('region', { name: 'Lakeside Unified', exact: true }).getByRole('list', { name: /Last runs/ });

const SCREENS: readonly Screen[] = [
  { screen: 'the page before it knows who is there', path: () => '/', asks: /\/api\/v1\/session$/, content: hit },
  { screen: 'the first address', path: () => '/', asks: /\/api\/v1\/districts$/, content: hit },
  { screen: 'the search', path: () => `/${DISTRICT}/search`, asks: /\/api\/.*\/(students\?|filters$|status$)/, content: hit },
  { screen: 'the detail', path: ({ student }) => `/${DISTRICT}/search?q=zzqqxx&open=students:${student}`, asks: /\/api\/.*\/students\/[^/]+$/, within: 'aside', content: (page) => page.getByRole('complementary').getByText('Family name') },
  { screen: 'the districts', path: () => '/districts', asks: /\/api\/v1\/districts$/, content: lastRuns },
  { screen: 'a district', path: () => '/districts', asks: new RegExp(`/${DISTRICT}/status$`), within: '[aria-label="Lakeside Unified"]', content: lastRuns },
  { screen: 'the runs', path: () => `/${DISTRICT}/runs`, asks: /\/api\/v1\/runs\?/, content: row },
  { screen: 'a run', path: ({ run }) => `/${DISTRICT}/runs/${run}`, asks: /\/api\/v1\/runs\/[^/]+$/, content: (page) => page.getByRole('heading', { name: 'Proof per collection' }) },
  { screen: 'the log of a run', path: ({ run }) => `/${DISTRICT}/runs/${run}`, asks: /\/api\/.*\/log\?/, within: '.log', content: (page) => page.locator('.log-line').first() },
  { screen: 'the snapshots', path: () => `/${DISTRICT}/snapshots`, asks: /\/api\/.*\/snapshots\?/, content: row },
  { screen: 'a snapshot', path: ({ snapshot }) => `/${DISTRICT}/snapshots/${snapshot}`, asks: /\/api\/.*\/snapshots\/[^/]+$/, content: (page) => page.getByRole('heading', { name: 'Files' }) },
  { screen: 'the keys', path: () => '/keys', asks: /\/api\/.*\/admin\/keys$/, content: row },
  { screen: 'the trail', path: () => '/audit', asks: /\/api\/.*\/audit\?/, content: row },
];

/** Every screen while its answer is on its way, when it fails, and where there is nothing; told of a district that has everything. */
export function describeStates(story: () => PageStory): void {
  describe('before and without an answer', () => tellStates(story));
}

function tellStates(story: () => PageStory): void {
  let visit: Visit;
  let known: Known;

  beforeAll(async () => {
    const { browser, product } = story();
    const [run] = (await product.get(RunsAnswer, `/api/v1/runs?district=${DISTRICT}&phase=published&limit=1`)).items;
    const { sources: [status] } = await product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`);
    const { sources: [found] } = await product.get(StudentsAnswer, `/api/v1/districts/${DISTRICT}/students?limit=1`);
    known = { run: run?.id ?? '', snapshot: status?.current?.id ?? '', student: found?.items[0]?.sourcedId ?? '' };
    visit = await browser.open(product.url);
    await visit.signIn('/keys');
  }, PATIENCE_MS);
  afterAll(async () => {
    await visit?.close();
  });
  afterEach(() => {
    expect(visit.troubles.splice(0)).toEqual([]);
  });

  test.each(SCREENS)('$screen says that it loads, then what went wrong, and comes when it is asked again', async ({ path, asks, within = 'main', content }) => {
    const { page } = visit;
    let answer: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(asks, async (route) => {
      await late;
      await route.fulfill({ status: 503, contentType: 'application/problem+json', json: AWAY });
    });
    await Promise.all([page.waitForRequest(asks), page.goto(path(known))]);
    const place = page.locator(within);
    await place.getByText('Loading…').waitFor();
    expect(await visit.findings()).toEqual([]);
    answer();
    await place.getByRole('alert').getByText(AWAY.detail).first().waitFor();
    await page.unroute(asks);
    await place.getByRole('button', { name: 'Try again', exact: true }).click();
    await content(page).waitFor();
    await page.getByText(AWAY.detail).first().waitFor({ state: 'detached' });
  }, PATIENCE_MS);

  test.each([
    { screen: 'the search', path: `/${DISTRICT}/search?q=zzqqxx`, asks: /\/api\/.*\/(filters|status)$/, there: (page: Page) => page.getByText('Nothing found'), missing: ['Snapshots', 'Filters'], content: [(page: Page) => page.locator('.badges .badge'), (page: Page) => page.getByRole('button', { name: /All grades/ })] },
    { screen: 'the districts', path: '/districts', asks: new RegExp(`/api/v1/(runs\\?district=${DISTRICT}&|districts/${DISTRICT}/.*schedule$)`), there: (page: Page) => page.locator('.badge').first(), missing: ['Runs', 'Schedule'], content: [lastRuns, (page: Page) => page.getByRole('button', { name: `Change the schedule of ${SOURCE}` }).first()] },
  ])('$screen says which of its parts are missing, shows the others, and brings all of them when asked again', async ({ path, asks, there, missing, content }) => {
    const { page } = visit;
    await page.route(asks, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: AWAY }));
    await page.goto(path);
    await there(page).waitFor();
    for (const name of missing) await page.getByRole('alert').filter({ hasText: `${name}: ${AWAY.detail}` }).first().waitFor();
    expect(await visit.findings()).toEqual([]);
    await page.unroute(asks);
    await page.getByRole('button', { name: `Try again: ${missing[0] ?? ''}` }).click();
    for (const part of content) await part(page).waitFor();
    expect(await page.getByText(AWAY.detail).count()).toBe(0);
  }, PATIENCE_MS);

  test('where there is no key and no district, or none of the name, the screen says so', async () => {
    const { page } = visit;
    let districts: DistrictsAnswer = { items: [] };
    await page.route(/\/api\/.*\/keys$/, (route) => route.fulfill({ json: { items: [] } }));
    await page.route(/\/api\/v1\/districts$/, (route) => route.fulfill({ json: districts }));
    await page.goto('/keys');
    await page.getByText('No keys yet').waitFor();
    await page.goto('/');
    await page.getByText('This key sees no district.').waitFor();
    expect(await visit.findings()).toEqual([]);
    districts = { items: Array.from({ length: 12 }, (_, number) => ({ id: `d${number}`, name: `District ${number}`, timeZone: 'UTC', sources: [] })) };
    await page.goto('/districts');
    await page.getByLabel('Find a district').fill('nowhere');
    await page.getByText('Nothing found').waitFor();
    await page.unroute(/\/api\/.*\/keys$/);
    await page.unroute(/\/api\/v1\/districts$/);
  }, PATIENCE_MS);
}
