import type { Visit } from './browser.js';
import type { DistrictFileOptions } from './district-file.js';
import { HOSTILE } from './hostile-district.js';
import { SOURCE, until } from './lastgood-client.js';
import { PATIENCE_MS, picture, type PageStory } from './page-story.js';

const DISTRICT = 'riverside';
/** A second source of the district, whose records are hostile. */
const BOOKMARKED = 'bookmarked';

/** The district of this suite, besides its upstreams: one that never had a snapshot; calls that hang are given up after 6 s. */
export const TWO_SOURCES: Omit<DistrictFileOptions, 'upstream'> = {
  id: DISTRICT, name: 'Riverside', source: 'demographics: optional', limits: 'pageSize: 500, retryDelayMs: 20, callTimeoutMs: 6000, requestsPerSecond: 1000',
};

/** A district with two sources, from nothing to results side by side, with live progress. */
export function describeTwoSources(story: () => PageStory): void {
  describe('a district with two sources', () => tellTwoSources(story));
}

function tellTwoSources(story: () => PageStory): void {
  let visit: Visit;

  beforeAll(async () => {
    const { browser, product, upstream } = story();
    await upstream.control.setQuirks({ kind: 'demographics403' });
    visit = await browser.open(product.url);
    await visit.signIn(`/${DISTRICT}/search`);
  }, PATIENCE_MS);
  afterAll(async () => {
    await visit?.close();
    await story().upstream.control.setQuirks();
  });
  afterEach(() => {
    expect(visit.troubles.splice(0)).toEqual([]);
  });

  const seen = (text: string | RegExp): Promise<void> => visit.page.getByText(text).first().waitFor();
  const goTo = async (name: string): Promise<void> => visit.page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
  const card = () => visit.page.getByRole('region', { name: 'Riverside', exact: true }).getByRole('group', { name: SOURCE, exact: true });
  const confirm = (name: string): Promise<void> => visit.page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

  test('before its first snapshot every screen says that there is nothing, and what to do', async () => {
    const { page } = visit;
    await seen('Press the button above to fetch the first one.');
    expect(await page.getByRole('button', { name: /^Create/ }).count()).toBe(2);
    for (const [screen, words] of [['Runs', 'No runs yet'], ['Snapshots', 'No snapshot yet']] as const) {
      await goTo(screen);
      await seen(words);
      expect(await page.getByText('button above').count()).toBe(0);
      expect([screen, await visit.findings()]).toEqual([screen, []]);
    }
    await seen('The first refresh makes one.');
    await page.getByRole('main').getByRole('link', { name: 'Districts', exact: true }).click();
    await card().getByRole('button', { name: /^Create/ }).waitFor();
    for (const path of [`/${DISTRICT}/runs/01aaaaaaaaaaaaaaaaaaaaaaaa`, '/nowhere/search', '/no/such/address']) {
      await page.goto(path);
      await page.locator('.state-title', { hasText: 'Nothing here' }).first().waitFor();
      expect([path, await visit.findings()]).toEqual([path, []]);
    }
  }, PATIENCE_MS);

  test('a refresh that runs is joined by whoever asks again, and stopped after a question', async () => {
    const { page } = visit;
    const { upstream } = story();
    await upstream.control.setQuirks({ kind: 'demographics403' }, { kind: 'hang', collection: 'users' });
    await goTo('Districts');
    await card().getByRole('button', { name: `Create ${SOURCE}` }).click();
    await confirm('Create');
    await card().getByRole('button', { name: 'Stop' }).waitFor();
    await card().getByText(/^Fetching · /).first().waitFor();
    await card().getByRole('progressbar').waitFor();
    expect(await visit.findings()).toEqual([]);
    await picture(visit, 'districts-running');
    await card().getByRole('button', { name: `Create ${SOURCE}` }).click();
    await seen('A refresh is running already; you will follow that one.');
    await confirm('Join');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await card().getByRole('button', { name: 'Stop' }).click();
    await seen('Nothing is published. The current snapshot stays.');
    expect(await visit.findings()).toEqual([]);
    await confirm('Stop');
    await card().getByRole('list', { name: /Last runs/ }).getByText(/^Cancelled/).waitFor({ timeout: 30_000 });
    expect(await card().getByRole('list', { name: /Last runs/ }).getByRole('listitem').count()).toBe(1);
  }, PATIENCE_MS);

  test('where live events do not come, the run is asked for every 5 s, and its end is still seen', async () => {
    const { page } = visit;
    const { product, upstream } = story();
    await upstream.control.setQuirks({ kind: 'demographics403' }, { kind: 'hang', collection: 'users', times: 1 });
    await page.route(/\/events$/, (route) => route.abort());
    const { id } = await product.request(DISTRICT);
    await page.goto(`/${DISTRICT}/runs/${id}`);
    await page.locator('h1 .phase-fetching').waitFor();
    // Nothing but such a call can tell this screen of the end.
    await page.waitForRequest((request) => request.url().endsWith(`/api/v1/runs/${id}`), { timeout: 30_000 });
    await page.locator('h1 .phase-published').waitFor({ timeout: 30_000 });
    await page.unroute(/\/events$/);
    await upstream.control.setQuirks({ kind: 'demographics403' });
  }, PATIENCE_MS);

  test('a snapshot without a collection says what is missing', async () => {
    await goTo('Search');
    await seen(/partial, without demographics/);
    await goTo('Snapshots');
    await seen(/Current · partial/);
  }, PATIENCE_MS);

  test('sources are searched at once and stand side by side, each with its badge, and one alone can be chosen', async () => {
    const { page } = visit;
    await goTo('Search');
    await seen('No snapshot yet');
    await page.getByRole('button', { name: `Create ${BOOKMARKED}` }).click();
    await confirm('Create');
    const ofSource = (name: string) => page.getByRole('region', { name, exact: true }).locator('.result').first();
    await ofSource(BOOKMARKED).waitFor();
    await ofSource(SOURCE).waitFor();
    await until(async () => (await page.locator('.badges .badge-green').count()) === 2, 30_000, 'both badges to be green');
    const [left, right] = [await ofSource(SOURCE).boundingBox(), await ofSource(BOOKMARKED).boundingBox()];
    expect(Math.abs((left?.y ?? 0) - (right?.y ?? 1_000))).toBeLessThan(20);
    expect(await visit.findings()).toEqual([]);
    expect(await visit.unreached()).toEqual([]);
    await page.getByRole('button', { name: /All sources/ }).click();
    await page.getByRole('option', { name: BOOKMARKED }).click();
    await until(async () => (await page.getByRole('region', { name: SOURCE, exact: true }).count()) === 0, 15_000, 'the other source to go');
    expect(new URL(page.url()).searchParams.get('source')).toBe(BOOKMARKED);
    await ofSource(BOOKMARKED).waitFor();
  }, PATIENCE_MS);

  test('hostile records show as the text they are, in lists, details, filters and the whole record', async () => {
    const { page } = visit;
    const title = await page.title();
    await page.goto(`/${DISTRICT}/search?source=${BOOKMARKED}`);
    for (const text of [HOSTILE.markup, HOSTILE.formula, '[U+202E]txet desrever', '[U+200E]left [U+200F]right [U+061C]arabic', HOSTILE.prototype, '+cmd|calc', HOSTILE.school, HOSTILE.script]) await page.getByText(text).filter({ visible: true }).first().waitFor();
    expect(await visit.fits()).toBe(true);
    await page.getByRole('button', { name: /All schools/ }).click();
    await page.getByRole('option', { name: '[U+200F]loohcS', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.result', { hasText: HOSTILE.formula }).first().click();
    const detail = page.getByRole('complementary');
    await detail.getByText('javascript:document.title=6', { exact: true }).waitFor();
    await detail.getByText(HOSTILE.class, { exact: true }).waitFor();
    await detail.getByText('Whole record as received').click();
    expect(JSON.parse(await detail.locator('pre').textContent() ?? '')).toMatchObject({ metadata: { constructor: 'built' } });
    expect(await detail.locator('pre').textContent()).toContain('"__proto__": "polluted"');
    await page.goto(`/${DISTRICT}/search?source=${BOOKMARKED}&open=students:h2`);
    await detail.getByText('Whole record as received').click();
    await detail.getByRole('button', { name: 'Show all of it' }).click();
    await until(async () => ((await detail.locator('pre').textContent()) ?? '').length > HOSTILE.largeLetters, 15_000, 'a field of 1 MB to show');
    expect(await detail.locator('pre').textContent()).toContain('"familyName": "[U+202E]txet desrever"');
    expect(await page.content()).not.toMatch(/\p{Bidi_Control}/u);
    expect(await visit.fits()).toBe(true);
    await page.goto(`/${DISTRICT}/search?source=${BOOKMARKED}&what=classes`);
    await page.getByText(HOSTILE.class).first().waitFor();
    expect(await page.title()).toBe(title);
    expect(await page.locator('main').locator('img, b, u, i, script, svg:not(.icon)').count()).toBe(0);
  }, PATIENCE_MS);

  test('the CSV of hostile records starts no formula', async () => {
    const answer = await story().product.fetch(`/api/v1/districts/${DISTRICT}/students.csv?source=${BOOKMARKED}`);
    const csv = await answer.text();
    expect(answer.headers.get('content-type')).toContain('text/csv');
    for (const value of [HOSTILE.formula, '-2+3', '+cmd|calc', '@SUM(A1)']) expect(csv).toContain(`'${value.replaceAll('"', '""')}`);
    expect(csv).not.toMatch(/(^|[",\n])[=@+-]/);
    expect(csv).toContain(HOSTILE.markup.replaceAll('"', '""'));
  }, PATIENCE_MS);

  test('results renew by themselves when a new snapshot is published', async () => {
    const { page } = visit;
    await page.goto(`/${DISTRICT}/search?source=${SOURCE}`);
    const count = page.locator('.count').first();
    await count.waitFor();
    const before = await count.textContent();
    const { upstream } = story();
    await upstream.control.setDistrict({ people: 680 });
    await page.evaluate('window.neverLoadedAnew = true');
    await page.getByRole('button', { name: `Refresh ${SOURCE}` }).click();
    await confirm('Refresh');
    await until(async () => (await count.textContent()) !== before, 30_000, 'the results to renew');
    await seen('(680 records)');
    expect(await page.evaluate('window.neverLoadedAnew')).toBe(true);
  }, PATIENCE_MS);

  test('a refresh that somebody else asks for shows where nothing was pressed, among the last runs and the snapshots', async () => {
    const { page } = visit;
    const { product } = story();
    const runs = card().getByRole('list', { name: /Last runs/ }).getByText(/^Published/);
    const snapshots = page.getByRole('row', { name: /Published|Current/ });
    for (const [path, shown] of [['/districts', runs], [`/${DISTRICT}/snapshots?source=${SOURCE}`, snapshots]] as const) {
      await page.goto(path);
      await shown.first().waitFor();
      const before = await shown.count();
      await page.evaluate('window.neverLoadedAnew = true');
      await product.request(DISTRICT);
      await until(async () => (await shown.count()) > before, 45_000, `the refresh to show on ${path}`);
      expect(await page.evaluate('window.neverLoadedAnew')).toBe(true);
    }
  }, 2 * PATIENCE_MS);
}
