import type { NormalClass, NormalCourse, NormalUser } from '@lastgood/contracts';
import { fold } from './fold.js';

const onlyDigits = /^[+(]*\d[\d()+./ -]*$/;
const ascii = /^[\x20-\x7e]*$/;
const inner = /[\p{L}\p{N}]['-][\p{L}\p{N}]/u;

/** So many letters of a word count. */
const MAX_WORD_LETTERS = 32;

/** The part of a word that counts: its first 32 characters. */
export function indexed(word: string): string {
  if (word.length <= MAX_WORD_LETTERS) return word;
  return ascii.test(word) ? word.slice(0, MAX_WORD_LETTERS) : [...word].slice(0, MAX_WORD_LETTERS).join('');
}

/** The different words, in order, separated by spaces. */
export function orderedWords(words: string[]): string {
  words.sort();
  let text = '';
  let before = '';
  for (const word of words) {
    const counted = indexed(word);
    if (counted === before) continue;
    text += text === '' ? counted : ` ${counted}`;
    before = counted;
  }
  return text;
}

/** The different words, in order, without those that another one begins with. */
export function withoutPrefixes(words: readonly string[]): string[] {
  const ordered = [...new Set(words)].sort();
  return ordered.filter((word, index) => !(ordered[index + 1]?.startsWith(word) ?? false));
}

/** A name, folded, from which its words are cut: whole, and without the apostrophes and hyphens inside. */
export function textOfName(name: string): string {
  const folded = fold(name);
  return inner.test(folded) ? `${folded} ${folded.replace(/['-]/g, '')} ` : `${folded} `;
}

/** The names of a person. */
export function namesOf(user: NormalUser): string[] {
  return [user.givenName, user.middleName, user.familyName, user.preferredName].filter((name) => name !== null);
}

/** The text, folded, from which the words of a person are cut. */
export function textOfPerson(user: NormalUser): string {
  let text = '';
  for (const name of namesOf(user)) text += textOfName(name);
  const email = user.email === null ? '' : fold(user.email);
  text += wordsOfMail(email);
  if (user.username !== null && !email.startsWith(fold(user.username))) text += wordsOfIdentifier(user.username);
  if (user.identifier !== null) text += wordsOfIdentifier(user.identifier);
  for (const { identifier } of user.userIds) if (identifier !== user.identifier) text += wordsOfIdentifier(identifier);
  if (user.phone !== null) text += wordsOfPhone(user.phone);
  if (user.sms !== null && user.sms !== user.phone) text += wordsOfPhone(user.sms);
  return text;
}

/** The text, folded, from which a class's words are cut: title, code, location, subjects and the course. */
export function textOfClass(record: NormalClass, course: Pick<NormalCourse, 'title' | 'courseCode'> | null): string {
  const parts = [record.title, record.classCode, record.location, ...record.subjects, course?.title ?? null, course?.courseCode ?? null];
  return parts.filter((part) => part !== null).map(fold).join(' ');
}

const noWord = /[^\p{L}\p{N}]+/gu;

/** A mail address, folded, as words: those before the @, and all behind it as one, so that its parts (`com`, `us`) do not match everybody. */
export function wordsOfMail(address: string): string {
  const at = address.indexOf('@');
  return at < 0 ? `${address} ` : `${address.slice(0, at)} ${address.slice(at).replace(noWord, '')} `;
}

function wordsOfIdentifier(identifier: string): string {
  const folded = fold(identifier);
  if (folded.includes('@')) return wordsOfMail(folded);
  if (!onlyDigits.test(folded)) return `${folded} `;
  const whole = folded.replace(/\D/g, '');
  return whole === folded && whole.length !== LONG_DISTANCE ? `${whole} ` : `${folded} ${whole} ${localDigits(whole)} `;
}

/** A number is found from the start of each of its groups on, however it was written: (555) 123-4567 as 5551234567, 1234567, 4567. */
function wordsOfPhone(phone: string): string {
  const folded = fold(phone);
  const groups = folded.match(/\d+/g);
  if (groups === null) return `${folded} `;
  const whole = groups.join('');
  const digits = localDigits(whole);
  let text = digits === whole ? `${digits} ` : `${whole} ${digits} `;
  for (let taken = digits.length, at = groups.length - 1; at > 0; at--) {
    taken -= (groups[at] as string).length;
    if (taken > 0) text += `${digits.slice(taken)} `;
  }
  return digits.length === 10 ? `${text}${digits.slice(3)} ${digits.slice(6)} ` : text;
}

const LONG_DISTANCE = 11;

/** North American numbers are kept without the leading 1. */
function localDigits(digits: string): string {
  return digits.length === LONG_DISTANCE && digits.startsWith('1') ? digits.slice(1) : digits;
}

/** A word of a query for people that is a phone or other number with its punctuation, as its digits; null when it is not. A lone country code gives ''. */
export function digitsOfWord(word: string): string | null {
  if (!onlyDigits.test(word)) return null;
  const digits = word.replace(/\D/g, '');
  if (word.startsWith('+') && digits.length <= 3) return '';
  return digits === word ? digits : localDigits(digits);
}
