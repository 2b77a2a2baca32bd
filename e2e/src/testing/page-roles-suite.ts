import type { Role } from '@lastgood/contracts';
import type { Visit } from './browser.js';
import { DISTRICT, SOURCE, until } from './lastgood-client.js';
import { PATIENCE_MS, type PageStory } from './page-story.js';

const NOTHING_YET = { type: 'urn:x', title: 'no snapshot yet', status: 503, detail: 'Nothing was published here yet.', code: 'no_snapshot_yet', retryable: true };

/** What each role sees, who is shown out, and the page in Spanish on a phone; told of a district that has everything. */
export function describeRoles(story: () => PageStory): void {
  describe('whoever may do less', () => tellRoles(story));
}

function tellRoles(story: () => PageStory): void {
  async function makeKey(role: Role, districts: string[] | null = null): Promise<{ id: string; key: string }> {
    const made = await story().product.fetch('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: `The ${role}`, role, districts }) });
    return await made.json() as { id: string; key: string };
  }

  async function visited(path: string, key: string, tell: (visit: Visit) => Promise<void>, options = {}): Promise<void> {
    const visit = await story().browser.open(story().product.url, options);
    try {
      await visit.signIn(path, key);
      await tell(visit);
      expect(visit.troubles).toEqual([]);
    } finally {
      await visit.close();
    }
  }

  const screensOf = ({ page }: Visit): Promise<string[]> => page.getByRole('navigation').getByRole('link').allTextContents();

  test('the link that the product printed signs in once, and leaves no trace in the address', async () => {
    const link = /sign in +(\S+#\S+)/.exec(story().product.output)?.[1] ?? '';
    const [first, second] = [await story().browser.open(story().product.url), await story().browser.open(story().product.url)];
    try {
      await first.page.goto(link);
      await first.page.getByRole('navigation').waitFor();
      expect(first.page.url()).not.toContain('#');
      expect(await first.page.evaluate('history.length')).toBeLessThanOrEqual(2);
      await first.page.reload();
      await first.page.getByRole('navigation').waitFor();
      await second.page.goto(link);
      await second.page.getByText('This link was used already or is too old.').waitFor();
      expect(await second.findings()).toEqual([]);
      await second.signIn();
      expect([...first.troubles, ...second.troubles]).toEqual([]);
    } finally {
      await first.close();
      await second.close();
    }
  }, PATIENCE_MS);

  test('a viewer searches, by a slash from any screen, but is offered nothing that would be refused', async () => {
    const { key } = await makeKey('viewer', [DISTRICT]);
    await visited(`/${DISTRICT}/search`, key, async (visit) => {
      const { page } = visit;
      await page.locator('.result').first().click();
      const detail = page.getByRole('complementary');
      await detail.getByText('Family name').waitFor();
      expect(await screensOf(visit)).toEqual(['Search', 'Districts', 'Runs', 'Snapshots']);
      expect(await detail.getByText('Whole record as received').count()).toBe(0);
      expect(await page.getByRole('button', { name: /^(Refresh|Create|Try again)/ }).count()).toBe(0);
      await page.route(/students\?q=early&/, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: NOTHING_YET }));
      await page.getByRole('searchbox').fill('early');
      await page.getByText('The first refresh makes one.').waitFor();
      expect(await page.getByText('button above').count()).toBe(0);
      await page.goto('/districts');
      await page.getByRole('group', { name: SOURCE, exact: true }).waitFor();
      await page.keyboard.press('/');
      await page.locator('input[type=search]:focus').waitFor();
      expect([new URL(page.url()).pathname, await page.getByRole('searchbox').inputValue()]).toEqual([`/${DISTRICT}/search`, '']);
      await page.goBack();
      await page.getByRole('group', { name: SOURCE, exact: true }).waitFor();
      expect(await page.getByRole('region', { name: 'Riverside', exact: true }).count()).toBe(0);
      expect(await page.getByRole('button', { name: /^(Refresh|Stop|Change)/ }).count()).toBe(0);
      await page.goto(`/${DISTRICT}/snapshots`);
      await page.getByRole('row', { name: /Current/ }).getByRole('link').first().click();
      await page.getByRole('heading', { name: 'Files' }).waitFor();
      expect(await page.getByRole('link', { name: /students\.csv/ }).count()).toBe(0);
      for (const path of ['/keys', '/audit']) {
        await page.goto(path);
        await page.getByText('Not for this key').waitFor();
        expect([path, await visit.findings()]).toEqual([path, []]);
      }
      await page.goto('/riverside/search');
      await page.getByText('Nothing here').first().waitFor();
    });
  }, PATIENCE_MS);

  test('an operator refreshes and decides, but sees neither keys nor the trail', async () => {
    const { key } = await makeKey('operator');
    await visited('/districts', key, async (visit) => {
      const { page } = visit;
      await page.getByRole('button', { name: `Refresh ${SOURCE}` }).first().waitFor();
      expect(await screensOf(visit)).toEqual(['Search', 'Districts', 'Runs', 'Snapshots']);
      await page.goto(`/${DISTRICT}/snapshots`);
      await page.getByRole('row', { name: /Published/ }).first().getByRole('link').first().click();
      await page.getByRole('button', { name: 'Roll back to this' }).waitFor();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /students\.csv/ }).click()]);
      expect(download.suggestedFilename()).toBe('students.csv');
      await page.goto('/keys');
      await page.getByText('Not for this key').waitFor();
    });
  }, PATIENCE_MS);

  test('an auditor filters the trail and takes it along', async () => {
    const { key } = await makeKey('auditor');
    await visited('/audit', key, async (visit) => {
      const { page } = visit;
      await page.getByRole('row').nth(1).waitFor();
      await page.getByLabel('Action').fill('session_signIn');
      await page.keyboard.press('Enter');
      await until(() => new URL(page.url()).searchParams.get('action') === 'session_signIn', 15_000, 'the address to hold the filter');
      await until(async () => {
        const actions = await page.locator('tbody code').allTextContents();
        return actions.length > 0 && actions.every((action) => action === 'session_signIn');
      }, 15_000, 'the trail to hold sign-ins alone');
      expect(await page.locator('tbody time').first().getAttribute('title')).toMatch(/20\d\d at .+(CST|CDT)/);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export' }).click()]);
      expect(download.suggestedFilename()).toBe('audit.jsonl');
      await page.getByLabel('Who').fill('nobody has this name');
      await page.keyboard.press('Enter');
      await page.getByText('No entries').waitFor();
      expect(await visit.findings()).toEqual([]);
    });
  }, PATIENCE_MS);

  test('whoever loses the key is shown out at the next thing asked', async () => {
    const { id, key } = await makeKey('viewer');
    await visited(`/${DISTRICT}/search`, key, async ({ page }) => {
      await page.locator('.result').first().waitFor();
      await story().product.fetch(`/api/v1/admin/keys/${id}`, { method: 'DELETE' });
      await page.getByRole('searchbox').fill('mar');
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await page.locator('.result').count()).toBe(0);
    });
  }, PATIENCE_MS);

  test('every screen speaks Spanish and fits a telephone', async () => {
    const { key } = await makeKey('admin');
    await visited(`/${DISTRICT}/search`, key, async (visit) => {
      const { page } = visit;
      await page.locator('.result').first().waitFor();
      const fits = async (screen: string): Promise<void> => expect([screen, await visit.fits()]).toEqual([screen, true]);
      await fits('Buscar');
      expect(await screensOf(visit)).toEqual(['Buscar', 'Distritos', 'Ejecuciones', 'Copias', 'Claves', 'Auditoría']);
      await page.locator('.result').first().click();
      await page.getByRole('complementary').getByText('Apellido').waitFor();
      await fits('Detalles');
      for (const screen of ['Distritos', 'Ejecuciones', 'Copias', 'Claves', 'Auditoría']) {
        await page.getByRole('navigation').getByRole('link', { name: screen, exact: true }).click();
        await page.getByRole('heading', { level: 1, name: screen }).waitFor();
        await page.locator('.badge, table').first().waitFor();
        await fits(screen);
      }
    }, { locale: 'es-MX', viewport: { width: 360, height: 740 } });
  }, PATIENCE_MS);
}
