const ascii = /^[\x20-\x7e]*$/;
const unmarked: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i', ŧ: 't', ŋ: 'n', ĸ: 'k', ʼ: "'", '’': "'", '‘': "'" };

/**
 * Text without case, accents and typographic forms, as index and query both use it: NFKD, marks dropped, letters that no
 * normal form takes apart (`ł`, `ß`, ...) spelled out. Control, private-use and broken characters become spaces, so that none
 * reaches SQLite. Locale-independent.
 */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøłđðþħıŧŋĸʼ’‘]/g, (letter) => unmarked[letter] as string)
    .replace(/[\p{Cc}\p{Co}\p{Cs}\p{Cn}]/gu, ' ');
}

/** The key by which records are displayed in order, compared as UTF-8 bytes: first name part first; records without it stand last. */
export function orderKey(first: string | null, second: string | null): string {
  const leading = first === null ? '' : fold(first).trim();
  return `${leading === '' ? '\u{10FFFD}' : leading}\u0001${second === null ? '' : fold(second).trim()}`;
}
