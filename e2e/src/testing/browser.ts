import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { ServerUnavailable } from '@lastgood/test-servers';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { ADMIN_TOKEN } from './lastgood-client.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PATIENCE_MS = 15_000;
/** Refusals that a test provokes are told by the browser too. */
const ANSWERS_OF_THE_API = /^Failed to load resource/;

/** A real browser, headless, which calls nobody but the pages it is sent to. */
export class TestBrowser {
  constructor(private readonly browser: Browser) {}

  /** A window of its own, with nothing kept from others. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.browser.newContext({ baseURL: url, viewport: { width: 1280, height: 860 }, locale: 'en-US', timezoneId: 'America/Chicago', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Visit(context, await context.newPage());
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}

/** One window on the page, and everything in it that went wrong. */
export class Visit {
  readonly troubles: string[] = [];

  constructor(readonly context: BrowserContext, readonly page: Page) {
    page.on('pageerror', (error) => this.troubles.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !ANSWERS_OF_THE_API.test(message.text())) this.troubles.push(message.text());
    });
  }

  /** Opens an address as whoever has the key. */
  async signIn(path = '/', key = ADMIN_TOKEN): Promise<void> {
    await this.page.goto(path);
    await this.page.getByLabel(/^(Key|Clave)$/).fill(key);
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('navigation').waitFor();
  }

  /** What axe finds against WCAG 2.2 AA and its best practices, or in the colours alone, by rule and place. */
  async findings(of: 'everything' | 'colours' = 'everything'): Promise<string[]> {
    // Half-way from one colour to another nothing is said about either.
    await this.page.evaluate(`Promise.all(document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime)).map((one) => one.finished.catch(() => undefined)))`);
    const axe = new AxeBuilder({ page: this.page });
    const { violations } = await (of === 'colours' ? axe.withRules(['color-contrast']) : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])).analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`));
  }

  /** True when nothing is wider than the window. */
  async fits(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
  }

  /** Goes through the screen by Tab; gives what can be pressed but was never focused, and what was focused without showing it. */
  async unreached(): Promise<string[]> {
    await this.page.evaluate(`(() => { document.activeElement?.blur(); window.scrollTo(0, 0); document.querySelectorAll('[data-walked]').forEach((one) => one.removeAttribute('data-walked')); })()`);
    const troubles: string[] = [];
    for (let step = 0; step < 200; step += 1) {
      await this.page.keyboard.press('Tab');
      const state = await this.page.evaluate<{ again: boolean; shown: boolean; what: string }>(`(() => {
        const at = document.activeElement;
        if (!at || at === document.body) return { again: false, shown: true, what: '' };
        // A field of a date is left only after its day, month and year.
        const again = at.hasAttribute('data-walked') && at !== window.lastWalked;
        window.lastWalked = at;
        at.setAttribute('data-walked', '');
        return { again, shown: getComputedStyle(at).outlineStyle !== 'none', what: at.outerHTML.slice(0, 120) };
      })()`);
      if (state.again) break;
      if (!state.shown) troubles.push(`focus does not show: ${state.what}`);
    }
    const never = await this.page.evaluate<string[]>(`[...document.querySelectorAll('a[href], button:not([disabled]), input, summary')]
      .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !one.hasAttribute('data-walked') && !one.closest('[role=grid], [role=tablist], [aria-hidden=true]')).map((one) => one.outerHTML.slice(0, 120))`);
    return [...troubles, ...never];
  }

  /** What axe finds in light and dark, and what Tab does not reach. */
  async wholeScreen(): Promise<string[]> {
    const troubles = await this.findings();
    await this.page.emulateMedia({ colorScheme: 'dark' });
    troubles.push(...await this.findings('colours'));
    await this.page.emulateMedia({ colorScheme: 'light' });
    troubles.push(...await this.unreached());
    await this.page.evaluate('document.activeElement?.blur(); window.scrollTo(0, 0)');
    return troubles;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** Starts the Chromium of this machine; throws `ServerUnavailable` where there is none. */
export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = process.env.LASTGOOD_TEST_CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) throw new ServerUnavailable('Chromium', ['LASTGOOD_TEST_CHROMIUM is not set', `none of ${PLACES.join(', ')} is there`]);
  return new TestBrowser(await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu', '--disable-dev-shm-usage'] }));
}
