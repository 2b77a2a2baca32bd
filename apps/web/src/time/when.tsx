import type { ReactNode } from 'react';
import { useWords } from '../words/words-context.js';
import { relativeTime } from './relative.js';
import { useNow } from './use-now.js';

/** A relative time; the exact one stands in its title. */
export function When({ at, children }: { at: string; children?: (words: string) => ReactNode }): ReactNode {
  const { language } = useWords();
  const now = useNow(15_000);
  const words = relativeTime(at, now, language);
  return <time dateTime={at} title={exactTime(at, language)}>{children ? children(words) : words}</time>;
}

/** The instant in the reader's own time zone, with the zone named. */
export function exactTime(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(at));
}
