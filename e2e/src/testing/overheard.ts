import type { Page } from 'playwright-core';

/** What went between a page and the product since it was opened or forgotten. */
export interface Overheard {
  /** Bodies of all answers of the API so far but of streams of events, which do not end. */
  answers(): Promise<string[]>;
  /** Addresses that were asked for or shown, as people read them. */
  addresses(): string[];
  /** Forgets what was answered; addresses stay. */
  forget(): Promise<void>;
}

/** Listens to everything that a page asks from now on. */
export function overheard(page: Page): Overheard {
  let bodies: Promise<string>[] = [];
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(readable(request.url())));
  page.on('framenavigated', (frame) => addresses.push(readable(frame.url())));
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    // The body of an answer that the page left behind is nowhere to be had, and was seen by nobody.
    if (pathname.startsWith('/api/') && !pathname.endsWith('/events')) bodies.push(response.text().catch(() => ''));
  });
  const answers = (): Promise<string[]> => Promise.all(bodies);
  return {
    answers,
    addresses: () => addresses,
    forget: async () => {
      await answers();
      bodies = [];
    },
  };
}

const readable = (url: string): string => decodeURIComponent(url.replaceAll('+', ' '));
