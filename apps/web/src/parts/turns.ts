/** Marks, embeddings, overrides and isolates of the bidirectional algorithm: Unicode's `Bidi_Control`. */
const TURNS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** A text that others wrote with signs that would turn the letters around it written out, as `[U+202E]`. */
export function withoutTurns(text: string): string {
  return text.replace(TURNS, (sign) => `[U+${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? ''}]`);
}
