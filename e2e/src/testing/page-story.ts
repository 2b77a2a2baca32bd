import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunningSimulator } from '@lastgood/upstream-simulator';
import type { TestBrowser, Visit } from './browser.js';
import type { LastgoodClient } from './lastgood-client.js';

/** `LASTGOOD_SCREENSHOTS=true` renews the pictures of the documentation. */
const SCREENSHOTS = process.env.LASTGOOD_SCREENSHOTS === 'true' ? fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url)) : null;
export const PATIENCE_MS = 90_000;

/** What every part of the page's story is told with. */
export interface PageStory {
  browser: TestBrowser;
  product: LastgoodClient;
  upstream: RunningSimulator;
}

/** Pictures what shows now, in light and dark, when pictures are wanted. */
export async function picture({ page }: Visit, name: string, colours: readonly ('light' | 'dark')[] = ['light', 'dark']): Promise<void> {
  if (SCREENSHOTS === null) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const colorScheme of colours) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${SCREENSHOTS}${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
