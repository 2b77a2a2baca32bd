import { fold } from './fold.js';
import { Tokenizer } from './tokenizer.js';
import { digitsOfWord, indexed, withoutPrefixes, wordsOfMail } from './words.js';

/** Cuts queries into words as the index was cut. */
export class QueryWords {
  readonly #tokenizer = new Tokenizer();

  /** The different words of a query, at most their first 32 letters, none a prefix of another. `numbers`: words of digits with punctuation count as one number. */
  cut(query: string, numbers: boolean): string[] {
    const words: string[] = [];
    for (const part of fold(query).split(/\s+/)) {
      const digits = numbers ? digitsOfWord(part) : null;
      if (digits === null) for (const word of this.#tokenizer.cut(part.includes('@') ? wordsOfMail(part) : part)) words.push(indexed(word));
      else if (digits !== '') words.push(indexed(digits));
    }
    return words.length > 1 ? withoutPrefixes(words) : words;
  }

  close(): void {
    this.#tokenizer.close();
  }
}
