import { splitByMatches, wordsOf } from './matches.js';

const hits = (text: string, query: string, inside = false): string[] => splitByMatches(text, wordsOf(query), inside).filter(({ hit }) => hit).map((piece) => piece.text);

test('beginnings of words are marked, whatever their case and accents', () => {
  expect(hits('María García-López', 'gar mar lop')).toEqual(['Mar', 'Gar', 'Lóp']);
});

test('the inside of a word is not marked', () => {
  expect(hits('Margaret', 'gar')).toEqual([]);
});

test('of a similar hit the inside of a word is marked too, where no word begins so, whatever its case and accents', () => {
  expect(hits('García-López, María', 'arcia mar', true)).toEqual(['arcía', 'Mar']);
  expect(hits('Rosenberg · rosenberg@example.org', 'BERG', true)).toEqual(['berg', 'berg']);
  expect(hits('Margaret Garcia', 'gar', true)).toEqual(['Gar']);
});

test('too short parts and numbers are not looked for inside of words, so they are not marked there', () => {
  expect(hits('Garcia 5551016', 'ar 1016', true)).toEqual([]);
});

test('of two words that begin alike the longer one is marked', () => {
  expect(hits('Martinez', 'ma marti')).toEqual(['Marti']);
});

test('the pieces put together are the text, markup and all', () => {
  for (const text of ['<b>Ann</b> O’Neil', 'İstanbul ß ﬁ', '', '\u202eevil ann']) {
    for (const inside of [false, true]) expect(splitByMatches(text, wordsOf('ann o s nbul vil'), inside).map((piece) => piece.text).join('')).toBe(text);
  }
});

test('signs of a query separate its words and match nothing themselves', () => {
  expect(wordsOf(' ann@example.org  <x> ')).toEqual(['ann', 'example', 'org', 'x']);
});
