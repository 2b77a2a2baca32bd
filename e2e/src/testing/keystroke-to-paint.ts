import type { Page } from 'playwright-core';
import { until } from './lastgood-client.js';

/** Notes in the page how long it takes from each letter until its results are painted. */
const WATCH = `(() => {
  window.paintedMs = [];
  let typedAt = null;
  const box = document.querySelector('input[type=search]');
  box.addEventListener('input', () => { typedAt = performance.now(); }, true);
  new MutationObserver(() => {
    const asked = new URLSearchParams(location.search).get('q') ?? '';
    if (typedAt === null || asked !== box.value || document.querySelector('[data-stale]')) return;
    const from = typedAt;
    typedAt = null;
    requestAnimationFrame(() => setTimeout(() => window.paintedMs.push(performance.now() - from)));
  }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
})()`;

/** Types a text letter by letter, each after the results of the one before were painted; gives the milliseconds of each. Nothing of the text may have been searched for before. */
export async function keystrokesToPaint(page: Page, text: string): Promise<number[]> {
  await page.evaluate(WATCH);
  const painted = (): Promise<number[]> => page.evaluate('window.paintedMs');
  await page.getByRole('searchbox').focus();
  for (const [index, letter] of [...text].entries()) {
    await page.keyboard.press(letter);
    await until(async () => (await painted()).length === index + 1, 15_000, `the results of letter ${index + 1} to be painted`);
  }
  return painted();
}
