import { splitByMatches, wordsOf } from './matches.js';

const hits = (text: string, query: string): string[] => splitByMatches(text, wordsOf(query)).filter(({ hit }) => hit).map((piece) => piece.text);

test('beginnings of words are marked, whatever their case and accents', () => {
  expect(hits('María García-López', 'gar mar lop')).toEqual(['Mar', 'Gar', 'Lóp']);
});

test('the inside of a word is not marked', () => {
  expect(hits('Margaret', 'gar')).toEqual([]);
});

test('of two words that begin alike the longer one is marked', () => {
  expect(hits('Martinez', 'ma marti')).toEqual(['Marti']);
});

test('the pieces put together are the text, markup and all', () => {
  for (const text of ['<b>Ann</b> O’Neil', 'İstanbul ß ﬁ', '', '\u202eevil ann']) {
    expect(splitByMatches(text, wordsOf('ann o s')).map((piece) => piece.text).join('')).toBe(text);
  }
});

test('signs of a query separate its words and match nothing themselves', () => {
  expect(wordsOf(' ann@example.org  <x> ')).toEqual(['ann', 'example', 'org', 'x']);
});
