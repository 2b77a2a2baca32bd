/** Control characters, and those that turn the direction of text: a terminal obeys the former, and people read other words than stand there because of the latter. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text as it may go to a terminal, on one line: what would be obeyed stands there as `\u001b`, which JSON reads as the same. */
export function printable(text: string): string {
  return text.replace(OBEYED, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
