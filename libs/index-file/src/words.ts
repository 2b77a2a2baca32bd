import type { NormalClass, NormalCourse, NormalUser } from '@lastgood/contracts';
import { fold } from './fold.js';

const onlyDigits = /^[+(]*\d[\d()+./ -]*$/;
const ascii = /^[\x20-\x7e]*$/;
const inner = /[\p{L}\p{N}]['-][\p{L}\p{N}]/u;

/**
 * The words of a person, separated by spaces; each is findable by every one of its prefixes, so that a word which another one begins with
 * is left out.
 */
export function wordsOfPerson(user: NormalUser): string {
  const text = textOfPerson(user);
  return ascii.test(text) ? withoutPrefixes(text.match(/[a-z0-9]+/g) ?? []).join(' ') : text;
}

/** The different words, in order, without those that another one begins with. */
export function withoutPrefixes(words: readonly string[]): string[] {
  const ordered = [...new Set(words)].sort();
  return ordered.filter((word, index) => !(ordered[index + 1]?.startsWith(word) ?? false));
}

function textOfPerson(user: NormalUser): string {
  let text = '';
  for (const name of [user.givenName, user.middleName, user.familyName, user.preferredName]) {
    if (name === null) continue;
    const folded = fold(name);
    text += `${folded} `;
    if (inner.test(folded)) text += `${folded.replace(/['-]/g, '')} `;
  }
  const email = user.email === null ? '' : fold(user.email);
  text += wordsOfMail(email);
  if (user.username !== null && !email.startsWith(fold(user.username))) text += wordsOfIdentifier(user.username);
  if (user.identifier !== null) text += wordsOfIdentifier(user.identifier);
  for (const { identifier } of user.userIds) if (identifier !== user.identifier) text += wordsOfIdentifier(identifier);
  if (user.phone !== null) text += wordsOfPhone(user.phone);
  if (user.sms !== null && user.sms !== user.phone) text += wordsOfPhone(user.sms);
  return text;
}

/** The text from which a class's words are cut: title, code, location, subjects and the course. */
export function wordsOfClass(record: NormalClass, course: Pick<NormalCourse, 'title' | 'courseCode'> | null): string {
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
  return onlyDigits.test(folded) ? `${folded} ${wordsOfPhone(identifier)}` : `${folded} `;
}

/** A number is found from the start of each of its groups on, however it was written: (555) 123-4567 as 5551234567, 1234567, 4567. */
function wordsOfPhone(phone: string): string {
  const folded = fold(phone);
  if (!/\d/.test(folded)) return `${folded} `;
  const groups = folded.match(/\d+/g) as string[];
  const whole = groups.join('');
  const digits = localDigits(whole);
  const words = new Set([whole, digits]);
  for (let taken = digits.length, at = groups.length - 1; at > 0; at--) {
    taken -= (groups[at] as string).length;
    if (taken > 0) words.add(digits.slice(taken));
  }
  if (digits.length === 10) words.add(digits.slice(3)).add(digits.slice(6));
  return `${[...words].join(' ')} `;
}

/** North American numbers are kept without the leading 1. */
function localDigits(digits: string): string {
  return digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
}

/** A word of a query for people that is a phone or other number with its punctuation, as its digits; null when it is not. A lone country code gives ''. */
export function digitsOfWord(word: string): string | null {
  if (!onlyDigits.test(word)) return null;
  const digits = word.replace(/\D/g, '');
  if (word.startsWith('+') && digits.length <= 3) return '';
  return digits === word ? digits : localDigits(digits);
}
