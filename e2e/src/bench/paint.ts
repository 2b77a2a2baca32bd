import { ServerUnavailable } from '@lastgood/test-servers';
import { startBrowser, type TestBrowser } from '../testing/browser.js';
import { keystrokesToPaint } from '../testing/keystroke-to-paint.js';
import { DISTRICT, type Product } from '../testing/product.js';

/** Common and rare names of a district, typed one letter after the other. */
const TYPED = ['garcia', 'johnson', 'nguyen', 'oakes'];

/** From pressing a letter until its results are painted, milliseconds. */
export interface PaintFigures {
  letters: number;
  medianMs: number;
  mostMs: number;
}

/** How soon a running, refreshed product shows in Chromium what was typed; null where there is no Chromium. */
export async function measurePaint(product: Product): Promise<PaintFigures | null> {
  const browser = await startBrowser().catch((error: unknown) => {
    if (error instanceof ServerUnavailable) return null;
    throw error;
  });
  if (browser === null) return null;
  try {
    const milliseconds = (await paintedIn(browser, product)).sort((a, b) => a - b);
    return { letters: milliseconds.length, medianMs: milliseconds[Math.floor(milliseconds.length / 2)] as number, mostMs: milliseconds.at(-1) as number };
  } finally {
    await browser.stop();
  }
}

async function paintedIn(browser: TestBrowser, product: Product): Promise<number[]> {
  const milliseconds: number[] = [];
  const search = `/${DISTRICT}/search`;
  const visit = await browser.open(product.url);
  await visit.signIn(search);
  for (const text of TYPED) {
    await visit.page.goto(search);
    await visit.page.locator('.result').first().waitFor();
    milliseconds.push(...(await keystrokesToPaint(visit.page, text)));
  }
  await visit.close();
  return milliseconds;
}
