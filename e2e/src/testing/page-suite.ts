import { DistrictStatus } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import type { TestBrowser, Visit } from './browser.js';
import type { DistrictFileOptions } from './district-file.js';
import { writeHostileDistrict } from './hostile-district.js';
import { ADMIN_TOKEN, DISTRICT, SOURCE, until, type LastgoodClient } from './lastgood-client.js';
import { describeFilters } from './page-filters-suite.js';
import { describeHeld } from './page-held-suite.js';
import { describeLiveLookUp } from './page-live-suite.js';
import { describeRoles } from './page-roles-suite.js';
import { describeRunLog } from './page-run-suite.js';
import { describeStates } from './page-states-suite.js';
import { describeTwoSources, TWO_SOURCES } from './page-sources-suite.js';
import { PATIENCE_MS, picture } from './page-story.js';

/** What the product of a suite needs besides: tests are quicker than people, and want a link to sign in. */
export const FOR_TESTS = { LASTGOOD_SIGN_IN_LINK: 'true', LASTGOOD_CHANGES_PER_MINUTE: '10000', LASTGOOD_BAD_KEYS_PER_MINUTE: '10000', LASTGOOD_SIGN_INS_PER_MINUTE: '10000' };

/** Makes a product for an upstream whose source allows live look-ups, with a second district beside. */
type Make = (upstream: string, beside: DistrictFileOptions) => LastgoodClient;

/** The page as a user sees it, told in order, of whatever product `make` gives: every screen and its states. */
export function describePage(title: string, browser: TestBrowser, make: Make): void {
  describe(title, () => tellPage(browser, make));
}

function tellPage(browser: TestBrowser, make: Make): void {
  const hostile = writeHostileDistrict();
  let upstream: RunningSimulator;
  let hostileUpstream: RunningSimulator;
  let product: LastgoodClient;
  let visit: Visit;

  beforeAll(async () => {
    const auth = { kind: 'bearer', token: 'upstream-token' } as const;
    upstream = await startSimulator({ people: 600, seed: 7, auth });
    hostileUpstream = await startSimulator({ csv: hostile.folder, auth });
    product = make(upstream.url, { ...TWO_SOURCES, upstream: upstream.url, beside: { bookmarked: hostileUpstream.url } });
    await product.start();
    visit = await browser.open(product.url);
  }, 300_000);
  afterAll(async () => {
    await visit?.close();
    await product?.close();
    await upstream?.close();
    await hostileUpstream?.close();
    hostile.remove();
  });
  afterEach(() => {
    expect(visit.troubles.splice(0)).toEqual([]);
  });

  const seen = (text: string | RegExp): Promise<void> => visit.page.getByText(text).first().waitFor();
  const press = (name: string | RegExp): Promise<void> => visit.page.getByRole('button', { name }).first().click();
  const search = `/${DISTRICT}/search`;
  const goTo = async (name: string): Promise<void> => visit.page.getByRole('navigation').getByRole('link', { name, exact: true }).click();

  test('whoever is not signed in sees the sign-in alone, and a wrong key is refused in words', async () => {
    const { page } = visit;
    await page.goto(search);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await visit.wholeScreen()).toEqual([]);
    await picture(visit, 'sign-in');
    await page.getByLabel('Key').fill('lg_0000000000000000000000000000000000000000000000');
    await page.keyboard.press('Enter');
    await seen(/unknown, expired or revoked/);
    await page.getByLabel('Key').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').waitFor();
    await page.reload();
    await page.getByRole('searchbox').waitFor();
  }, PATIENCE_MS);

  describeLiveLookUp(() => ({ browser, product, upstream, visit }));

  test('without a snapshot the search offers to create one, and shows its results when it is published', async () => {
    await seen('No snapshot yet');
    expect(await visit.findings()).toEqual([]);
    await press(/^Create/);
    await seen('Searches work as soon as it is published.');
    expect(await visit.findings()).toEqual([]);
    await visit.page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await visit.page.getByRole('row').first().waitFor();
    await seen(/^Snapshot: /);
    await seen('(600 records)');
  }, PATIENCE_MS);

  test('one types, goes to the results by arrow, opens one by Enter, closes it by Escape, and is back in the box by a slash', async () => {
    const { page } = visit;
    await page.getByRole('searchbox').fill('gar');
    await page.locator('mark').first().waitFor();
    await until(async () => new URL(page.url()).searchParams.get('q') === 'gar', 5_000, 'the address to hold the query');
    await page.keyboard.press('ArrowDown');
    const name = await page.locator('.result:focus .row-name').textContent();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.result:focus .row-name').textContent()).not.toBe(name);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const detail = page.getByRole('complementary');
    await detail.getByText('Family name').waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H2');
    await detail.getByText('Whole record as received').click();
    expect(await detail.locator('pre').textContent()).toContain('"sourcedId"');
    expect(new URL(page.url()).searchParams.get('open')).toMatch(/^students:/);
    const { href } = new URL(page.url());
    await page.reload();
    await detail.getByText('Family name').waitFor();
    expect(page.url()).toBe(href);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /as CSV/ }).click()]);
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
    await detail.getByRole('heading', { level: 2 }).focus();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
  }, PATIENCE_MS);

  test('parents stand with their children, and from one to the other it is a press', async () => {
    const { page } = visit;
    await page.getByRole('searchbox').fill('');
    await page.getByRole('tab', { name: /^Parents/ }).click();
    await page.locator('.result', { hasText: 'Children' }).first().click();
    const detail = page.getByRole('complementary');
    await detail.getByRole('heading', { name: 'Children' }).waitFor();
    await detail.getByRole('list').getByRole('button').first().click();
    await detail.getByRole('heading', { name: 'Guardians' }).waitFor();
    await page.goBack();
    await detail.getByRole('heading', { name: 'Children' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: /^Classes/ }).click();
    await page.locator('.result').first().click();
    await detail.getByRole('heading', { name: 'Roster' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: /^Students/ }).click();
  }, PATIENCE_MS);

  test('a query that nothing answers says so, and an answer that comes late never replaces a newer one', async () => {
    const { page } = visit;
    await page.route(/students\?q=an&/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await route.continue().catch(() => undefined);
    });
    const slow = page.waitForRequest(/students\?q=an&/);
    await page.getByRole('searchbox').fill('an');
    const cancelled = page.waitForEvent('requestfailed', (request) => request === asked);
    const asked = await slow;
    await page.getByRole('searchbox').fill('zzqqxx');
    await seen('Nothing found');
    await cancelled;
    expect(await page.locator('.result').count()).toBe(0);
    await page.unroute(/students\?q=an&/);
  }, PATIENCE_MS);

  describeFilters(() => ({ browser, product, upstream, visit }));

  test('a lost connection is told, what was there stays, and it heals by itself', async () => {
    const { page, context } = visit;
    await page.locator('.result').first().waitFor();
    await context.setOffline(true);
    await page.getByRole('searchbox').fill('mar');
    await seen(/cannot be reached/);
    await context.setOffline(false);
    await page.locator('.banner').waitFor({ state: 'detached' });
    await page.locator('mark').first().waitFor();
    await page.getByRole('searchbox').fill('');
  }, PATIENCE_MS);

  test('a service that is away is said in its own words, with a way to ask again', async () => {
    const { page } = visit;
    const problem = { type: 'urn:x', title: 'search unavailable', status: 503, detail: 'The search service does not answer.', code: 'search_unavailable', retryable: false };
    await page.route(/students\?q=away/, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: problem }));
    await page.getByRole('searchbox').fill('away');
    await seen('The search service does not answer.');
    expect(await visit.findings()).toEqual([]);
    await page.unroute(/students\?q=away/);
    await press('Try again');
    await seen('Nothing found');
    await page.getByRole('searchbox').fill('');
  }, PATIENCE_MS);

  test('a refresh is confirmed, followed to its end without a reload, and stands among the last runs', async () => {
    const { page } = visit;
    await goTo('Districts');
    await page.getByRole('list', { name: /Last runs/ }).getByRole('listitem').first().waitFor();
    await press(`Refresh ${SOURCE}`);
    await seen(/This usually takes/);
    await seen(/current snapshot stays/);
    await page.getByRole('dialog').getByRole('button', { name: 'Refresh' }).click();
    await until(async () => (await page.getByRole('list', { name: /Last runs/ }).getByText(/^Published/).count()) === 2, 30_000, 'the second run to be told');
  }, PATIENCE_MS);

  test('the schedule of a source is changed here, and returns to the configured one', async () => {
    const { page } = visit;
    await press(`Change the schedule of ${SOURCE}`);
    await page.getByRole('dialog').getByLabel('When (cron)').fill('not a cron');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByRole('dialog').getByLabel('When (cron)').fill('30 4 * * *');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('30 4 * * *').waitFor();
    await press(`Change the schedule of ${SOURCE}`);
    await press('Return to the configured schedule');
    await page.getByText('changed here').waitFor({ state: 'detached' });
  }, PATIENCE_MS);

  test('a failed run tells cause, place and what to do; the badge is red, and the old snapshot goes on answering', async () => {
    const { page } = visit;
    await upstream.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
    await product.refresh();
    await upstream.control.setQuirks();
    await goTo('Runs');
    await goTo('Districts');
    await page.locator('.badge-red').waitFor({ timeout: 40_000 });
    await page.getByRole('link', { name: 'View details' }).click();
    await page.getByRole('heading', { name: 'What failed' }).waitFor();
    await seen('What to do:');
    await page.getByRole('region', { name: 'Proof per collection' }).getByRole('rowheader', { name: 'users' }).waitFor();
    expect(await visit.findings()).toEqual([]);
    await page.getByRole('button', { name: /^Try again/ }).waitFor();
    await goTo('Search');
    await page.locator('.result').first().waitFor();
    await seen(/last refresh failed/);
  }, PATIENCE_MS);

  test('a held refresh waits for a decision with a reason, and is published by it', async () => {
    const { page } = visit;
    await upstream.control.setQuirks({ kind: 'shrinkTo', percent: 60, collection: 'users' });
    expect((await product.refresh()).phase).toBe('quarantined');
    await upstream.control.setQuirks();
    await goTo('Districts');
    await page.getByRole('link', { name: 'Review' }).click();
    await page.getByRole('heading', { name: 'Held for review' }).waitFor();
    await page.getByRole('region', { name: 'What would change' }).getByRole('rowheader', { name: 'Places in classes' }).waitFor();
    await page.locator('.samples li').first().waitFor();
    expect(await visit.wholeScreen()).toEqual([]);
    await picture(visit, 'held');
    await press('Approve');
    await page.getByRole('dialog').getByLabel('Reason').fill('Two schools closed');
    expect(await visit.findings()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.locator('h1 .state-current').waitFor();
  }, PATIENCE_MS);

  test('a roll-back shows the hold, and approving the current snapshot lifts it', async () => {
    const { page } = visit;
    await goTo('Snapshots');
    await page.getByRole('row', { name: /Published/ }).first().getByRole('link').first().click();
    await press('Roll back to this');
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back to this' }).click();
    await page.locator('h1 .state-current').waitFor();
    await page.locator('.notice-hold').waitFor({ timeout: 30_000 });
    await press('Lift the hold');
    await page.getByRole('dialog').getByRole('button', { name: 'Lift the hold' }).click();
    await page.locator('.notice-hold').waitFor({ state: 'detached', timeout: 30_000 });
    const status = await product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`);
    expect(status.sources[0]?.onHold).toBe(false);
  }, PATIENCE_MS);

  test('a key is made, shown once, and revoked', async () => {
    const { page } = visit;
    await goTo('Keys');
    await press('New key');
    await page.getByLabel('Name').fill('Front office');
    expect(await visit.findings()).toEqual([]);
    await press('Make key');
    const key = await page.getByRole('dialog').locator('.key-value').textContent();
    expect(key).toMatch(/^lg_/);
    await press('Done');
    const row = page.getByRole('row', { name: /Front office/ });
    await row.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await row.getByText('Revoked').waitFor();
    expect(await page.content()).not.toContain(key);
  }, PATIENCE_MS);

  test('every screen passes axe in light and dark, fits 360 pixels, and shows everything that can be pressed to the Tab key', async () => {
    const { page } = visit;
    const screens: [string, () => Promise<unknown>][] = [
      ['search', async () => {
        await goTo('Search');
        await page.getByRole('searchbox').fill('gar');
        await page.locator('mark').first().waitFor();
        await page.locator('.result').first().click();
        await page.getByRole('complementary').getByRole('heading', { name: 'Classes' }).waitFor();
      }],
      ['districts', async () => {
        await goTo('Districts');
        await page.getByRole('list', { name: /Last runs/ }).waitFor();
      }],
      ['runs', async () => {
        await goTo('Runs');
        await page.getByRole('row').nth(1).waitFor();
      }],
      ['run', async () => {
        await page.getByRole('row', { name: /Failed/ }).first().getByRole('link').first().click();
        await page.getByRole('heading', { name: 'What failed' }).waitFor();
      }],
      ['snapshots', async () => {
        await goTo('Snapshots');
        await page.getByRole('row').nth(1).waitFor();
      }],
      ['snapshot', async () => {
        await page.getByRole('row', { name: /Current/ }).first().getByRole('link').first().click();
        await page.getByRole('heading', { name: 'Files' }).waitFor();
      }],
      ['keys', async () => {
        await goTo('Keys');
        await page.getByRole('row').nth(1).waitFor();
      }],
      ['audit', async () => {
        await goTo('Audit');
        await page.getByRole('row').nth(1).waitFor();
      }],
    ];
    for (const [name, show] of screens) {
      await show();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect([name, colorScheme, await visit.findings(colorScheme === 'dark' ? 'colours' : 'everything')]).toEqual([name, colorScheme, []]);
        await picture(visit, name, [colorScheme]);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      expect([name, await visit.unreached()]).toEqual([name, []]);
      await page.setViewportSize({ width: 360, height: 740 });
      expect([name, await visit.fits()]).toEqual([name, true]);
      if (name === 'search') {
        await page.evaluate('document.activeElement?.blur(); window.scrollTo(0, 0)');
        await picture(visit, 'search-360');
      }
      await page.setViewportSize({ width: 1280, height: 860 });
    }
  }, 240_000);

  test('the page speaks Spanish when asked to, and dark when pressed', async () => {
    const { page } = visit;
    await goTo('Keys');
    await press('Español');
    await page.getByRole('heading', { name: 'Claves' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('es');
    await press('Colores oscuros');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await visit.findings()).toEqual([]);
    await goTo('Distritos');
    await seen(/^Copia: /);
    expect(await visit.findings()).toEqual([]);
  }, PATIENCE_MS);

  test('an auditor sees states and the trail but no people; signing out leaves nothing behind', async () => {
    const made = await product.fetch('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'Auditor', role: 'auditor' }) });
    const { key } = await made.json() as { key: string };
    const other = await browser.open(product.url);
    try {
      await other.signIn('/', key);
      await other.page.getByRole('heading', { name: 'Districts' }).waitFor();
      const screens = other.page.getByRole('navigation').getByRole('link');
      expect(await screens.allTextContents()).toEqual(['Districts', 'Runs', 'Snapshots', 'Audit']);
      expect(await other.page.getByRole('button', { name: /^Refresh/ }).count()).toBe(0);
      await other.page.goto(search);
      await other.page.getByText('Not for this key').waitFor();
      expect(await other.findings()).toEqual([]);
      await other.page.getByRole('button', { name: 'Sign out' }).click();
      await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await other.page.reload();
      await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(other.troubles).toEqual([]);
    } finally {
      await other.close();
    }
  }, PATIENCE_MS);

  describeHeld(() => ({ browser, product, upstream }));
  describeRunLog(() => ({ browser, product, upstream }));
  describeTwoSources(() => ({ browser, product, upstream }));
  describeRoles(() => ({ browser, product, upstream }));
  describeStates(() => ({ browser, product, upstream }));
}
