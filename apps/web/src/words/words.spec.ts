import { CAUSES_ES } from './causes-es.js';
import { en } from './en.js';
import { es } from './es.js';

/** Every text by its place; functions with numbers and words put in. */
function texts(words: object, place = ''): [string, string][] {
  return Object.entries(words).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    const here = `${place}.${name}`;
    if (typeof value === 'function') return [[here, String((value as (...given: unknown[]) => unknown)('7', 7))]];
    return typeof value === 'string' ? [[here, value]] : texts(value as object, here);
  });
}

test('every text of the page is there in both languages, and none is empty', () => {
  expect(texts(es).map(([place]) => place).sort()).toEqual(texts(en).map(([place]) => place).sort());
  for (const [place, text] of [...texts(en), ...texts(es)]) expect([place, text.trim()]).not.toEqual([place, '']);
});

test('what the words are given stands in the Spanish text too', () => {
  const spanish = new Map(texts(es));
  for (const [place, text] of texts(en)) if (text.includes('7')) expect([place, spanish.get(place)]).toEqual([place, expect.stringContaining('7')]);
});

test('what services say is explained in Spanish by codes as services write them, each in a sentence', () => {
  for (const [code, cause] of Object.entries(CAUSES_ES)) expect([code, cause]).toEqual([expect.stringMatching(/^[a-z]+(_[a-z]+)+$/), expect.stringMatching(/^[A-Z].+\.$/)]);
});
