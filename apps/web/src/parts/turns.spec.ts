import { withoutTurns } from './turns.js';

test('every sign that would turn the letters around it is written out', () => {
  expect(withoutTurns('\u202etxet \u2066x\u2069')).toBe('[U+202E]txet [U+2066]x[U+2069]');
  const every = Array.from({ length: 0x10_000 }, (_, code) => String.fromCharCode(code)).filter((sign) => /\p{Bidi_Control}/u.test(sign));
  expect(every.map(withoutTurns)).toEqual(['061C', '200E', '200F', '202A', '202B', '202C', '202D', '202E', '2066', '2067', '2068', '2069'].map((code) => `[U+${code}]`));
});

test('letters that are written from right to left stay as they are', () => {
  expect(withoutTurns('\u05d3\u05d5\u05d3 Ana')).toBe('\u05d3\u05d5\u05d3 Ana');
});
