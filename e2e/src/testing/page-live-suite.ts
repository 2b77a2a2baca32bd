import type { Visit } from './browser.js';
import { DISTRICT } from './lastgood-client.js';
import { PATIENCE_MS, picture, type PageStory } from './page-story.js';

/** A source that allows live look-ups, before its first snapshot; told of a district that has none. */
export function describeLiveLookUp(story: () => PageStory & { visit: Visit }): void {
  test('before the first snapshot the live system is asked by a press, never by typing, and what it answers is marked as live', async () => {
    const { visit, product } = story();
    const { page } = visit;
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/live/')) asked.push(request.url());
    });
    const press = page.getByRole('button', { name: 'Look in the live system' });
    await press.waitFor();
    expect(await press.isDisabled()).toBe(true);
    await page.getByRole('searchbox').fill('an');
    await page.getByRole('button', { name: 'Look in the live system', disabled: false }).click();
    const found = page.getByRole('grid', { name: /^Found live in/ });
    await found.getByRole('row').first().waitFor();
    await page.getByText(/straight from the live system of/).waitFor();
    const rows = await found.getByRole('row').count();
    expect([rows > 0, await found.getByText('Live, no snapshot').count()]).toEqual([true, rows]);
    expect(await visit.wholeScreen()).toEqual([]);
    await picture(visit, 'live-look-up');
    await found.getByRole('row').first().click();
    const detail = page.getByRole('region', { name: 'Details: Live, no snapshot' });
    await detail.getByText('Whole record as received').click();
    expect(await detail.locator('pre').textContent()).toContain('"sourcedId"');
    expect(await visit.findings()).toEqual([]);
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('ann maria smith');
    await found.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Look in the live system', disabled: false }).click();
    await page.getByText(/It takes one or two words of a name/).waitFor();
    expect(asked.map((url) => new URL(url).pathname.split('/live/')[1]?.split('/')[0])).toEqual(['students', 'students', 'students']);
    const runs = await (await product.fetch(`/api/v1/runs?district=${DISTRICT}`)).json() as { items: unknown[] };
    expect(runs.items).toEqual([]);
    await page.getByRole('searchbox').fill('');
  }, PATIENCE_MS);

  test('the same stands there in Spanish, on a phone', async () => {
    const { browser, product } = story();
    const visit = await browser.open(product.url, { locale: 'es-MX', viewport: { width: 360, height: 740 } });
    try {
      await visit.signIn(`/${DISTRICT}/search?q=an`);
      await visit.page.getByRole('button', { name: 'Buscar en el sistema en vivo' }).click();
      await visit.page.getByText(/directamente del sistema en vivo de/).waitFor();
      await visit.page.getByRole('grid').getByText('En vivo, no es una copia').first().waitFor();
      expect([await visit.fits(), await visit.findings(), visit.troubles]).toEqual([true, [], []]);
    } finally {
      await visit.close();
    }
  }, PATIENCE_MS);
}
