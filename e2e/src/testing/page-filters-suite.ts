import type { Locator } from 'playwright-core';
import type { Visit } from './browser.js';
import { until } from './lastgood-client.js';
import { PATIENCE_MS, type PageStory } from './page-story.js';

/** What a search forgives and marks, and how it is narrowed; told of an open search that has results. */
export function describeFilters(story: () => PageStory & { visit: Visit }): void {
  /** Waits until what stands beside the names of the hits is so, of every one or of some. */
  async function facts(isSo: (text: string) => boolean, of: 'every' | 'some'): Promise<void> {
    await until(async () => {
      const texts = await story().visit.page.locator('.result .row-facts').allTextContents();
      return texts.length > 0 && texts[of](isSo);
    }, 15_000, `${of} hit to be as asked`);
  }

  /** Chooses of a filter what some hits are not, sees that every one is then, and takes the filter away. */
  async function narrowed(filter: string, value: string, isSo: (text: string) => boolean): Promise<void> {
    const { page } = story().visit;
    const holds = (): boolean => new URL(page.url()).searchParams.has(filter);
    await facts((text) => !isSo(text), 'some');
    await page.getByRole('button', { name: new RegExp(`All ${filter}s`) }).click();
    await page.getByRole('option', { name: value, exact: true }).click();
    await until(holds, 5_000, `the address to hold the ${filter}`);
    await facts(isSo, 'every');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await until(() => !holds(), 5_000, `the address to let the ${filter} go`);
    await facts((text) => !isSo(text), 'some');
  }

  test('a typing error is forgiven and told, a part of a name is marked, and grade, school and role narrow what is found', async () => {
    const { visit } = story();
    const { page } = visit;
    await page.getByRole('searchbox').fill('garsia');
    await page.getByText('Similar spelling').first().waitFor();
    await page.getByText('Nothing is spelt exactly like this; these are close').first().waitFor();
    await page.getByRole('searchbox').fill('arci');
    await page.locator('.result', { hasText: 'Similar spelling' }).locator('.row-name mark', { hasText: /^arcí$/ }).first().waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('tab', { name: /^Students/ }).click();
    await page.locator('.result').first().waitFor();
    const grade = (await page.locator('.result .row-facts .chip').first().textContent() ?? '').split(' ').at(-1) ?? '';
    const school = (await page.locator('.result .row-facts > bdi').first().textContent() ?? '').split(', ')[0] ?? '';
    await page.getByRole('button', { name: /All grades/ }).click();
    expect(await visit.findings()).toEqual([]);
    await page.keyboard.press('Escape');
    await narrowed('grade', grade, (text) => text.includes(grade));
    await narrowed('school', school, (text) => text.includes(school));
    await page.getByRole('tab', { name: /^Parents/ }).click();
    await narrowed('role', 'Guardian', (text) => text === 'Guardian');
    await page.getByRole('tab', { name: /^Students/ }).click();
  }, PATIENCE_MS);

  test('whoever leaves for a screen that is still on its way is not called back by the last letter typed', async () => {
    const { page } = story().visit;
    const parts = /districts-screen.*\.js$/;
    await page.route(parts, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    const link = (name: string): Locator => page.getByRole('navigation').getByRole('link', { name, exact: true });
    await page.getByRole('searchbox').fill('x');
    await link('Districts').click();
    await page.getByRole('heading', { name: 'Districts', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/districts');
    await page.unroute(parts);
    await link('Search').click();
    await page.locator('.result').first().waitFor();
  }, PATIENCE_MS);

  test.each(['/search/', '/Search'])('the address holds what is typed also when it was written with %s', async (written) => {
    const { page } = story().visit;
    const { pathname } = new URL(page.url());
    await page.goto(pathname.replace('/search', written));
    await page.getByRole('searchbox').fill('gar');
    await until(() => new URL(page.url()).searchParams.get('q') === 'gar', 5_000, 'the address to hold the query');
    await page.goto(pathname);
    await page.locator('.result').first().waitFor();
  }, PATIENCE_MS);
}
