/*
 * Texts of the floor (see floor.entry.ts): cells of the CSV files, and the words and items of the index. No imports but of Node.
 */

export interface Reference { sourcedId: string }
/** Any record of a page; each collection has some of these. */
export interface Upstream {
  sourcedId: string; status: string; dateLastModified: string; password?: string;
  username: string; userIds: { type: string; identifier: string }[]; enabledUser: boolean; givenName?: string; familyName?: string; middleName?: string; role: string;
  identifier?: string; email?: string; sms?: string; phone?: string; agents: Reference[]; orgs: Reference[]; grades?: string[];
  title?: string; classCode?: string; classType?: string; location?: string; subjects?: string[]; periods?: string[]; course: Reference; school: Reference; terms: Reference[];
  user: Reference; class: Reference; primary?: boolean; beginDate?: string; endDate?: string; name?: string; type?: string; parent?: Reference; courseCode?: string;
  org?: Reference; schoolYear?: Reference | string; startDate?: string;
}
export type Text = string | null;

export function cell(text: string | null | undefined): string {
  if (!text) return '';
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
export const list = (values: readonly string[] | undefined): string => (values === undefined || values.length === 0 ? '' : cell(values.join(',')));
export const ids = (references: readonly Reference[]): string => list(references.map(({ sourcedId }) => sourcedId));
export const head = (record: Upstream): string => `${cell(record.sourcedId)},${cell(record.status)},${cell(record.dateLastModified)}`;

export const userColumns = 'enabled,roles,username,givenName,middleName,familyName,preferredName,email,phone,sms,identifier,userIds,grades,orgIds';
export const userCells = (user: Upstream): string => `${head(user)},${user.enabledUser},${cell(user.role)},${cell(user.username)},${cell(user.givenName)},${cell(user.middleName)},${cell(user.familyName)},,`
  + `${cell(user.email)},${cell(user.phone)},${cell(user.sms)},${cell(user.identifier)},${list(user.userIds.map(({ type, identifier }) => `{${type}:${identifier}}`))},${list(user.grades)},${ids(user.orgs)}`;

// Text as the index holds it.
const ASCII = /^[\x20-\x7e]*$/;
const spelled: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i', ŧ: 't', ŋ: 'n', ĸ: 'k', ʼ: "'", '’': "'", '‘': "'" };
export const fold = (text: string): string => (ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKD').toLowerCase().replace(/\p{M}+/gu, '')
  .replace(/[ßæœøłđðþħıŧŋĸʼ’‘]/g, (letter) => spelled[letter]!).replace(/[\p{Cc}\p{Co}\p{Cs}\p{Cn}]/gu, ' '));

export const orderKey = (first: Text, second: Text): string => `${(first === null ? '' : fold(first).trim()) || '\u{10FFFD}'}\u0001${second === null ? '' : fold(second).trim()}`;
const mailWords = (address: string): string => {
  const at = address.indexOf('@');
  return at < 0 ? `${address} ` : `${address.slice(0, at)} ${address.slice(at).replace(/[^\p{L}\p{N}]+/gu, '')} `;
};

const localDigits = (digits: string): string => (digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits);

function phoneWords(phone: string): string {
  const groups = fold(phone).match(/\d+/g);
  if (groups === null) return `${fold(phone)} `;
  const whole = groups.join('');
  const digits = localDigits(whole);
  const words = new Set([whole, digits]);
  for (let taken = digits.length, at = groups.length - 1; at > 0; at--) if ((taken -= groups[at]!.length) > 0) words.add(digits.slice(taken));
  if (digits.length === 10) words.add(digits.slice(3)).add(digits.slice(6));
  return `${[...words].join(' ')} `;
}

function identifierWords(identifier: string): string {
  const folded = fold(identifier);
  if (folded.includes('@')) return mailWords(folded);
  if (!/^[+(]*\d[\d()+./ -]*$/.test(folded)) return `${folded} `;
  const digits = folded.replace(/\D/g, '');
  return `${folded} ${digits} ${localDigits(digits)} `;
}

/** The different words of a folded text, in order, of each the first 32 letters. */
export function wordsIn(text: string): string {
  const words = (ASCII.test(text) ? text.match(/[a-z0-9]+/g) : text.replaceAll('ς', 'σ').match(/[\p{L}\p{N}]+/gu)) ?? [];
  return [...new Set(words.sort().map((word) => (word.length <= 32 ? word : [...word].slice(0, 32).join(''))))].join(' ');
}

function nameText(name: string): string {
  const folded = fold(name);
  return /[\p{L}\p{N}]['-][\p{L}\p{N}]/u.test(folded) ? `${folded} ${folded.replace(/['-]/g, '')} ` : `${folded} `;
}

/** The different words of names, for each dataset by its number. */
export const nameWords = [0, 1, 2].map(() => new Set<string>());
const knownNames = [0, 1, 2].map(() => new Set<string>());
export function addNames(dataset: number, names: readonly (Text | undefined)[]): void {
  for (const name of names) {
    if (!name || knownNames[dataset]!.has(name)) continue;
    knownNames[dataset]!.add(name);
    for (const word of wordsIn(nameText(name)).split(' ')) if (word.length > 1 && !/\p{N}/u.test(word)) nameWords[dataset]!.add(word);
  }
}

export function userWords(user: Upstream): string {
  let text = '';
  for (const name of [user.givenName, user.middleName, user.familyName]) if (name) text += nameText(name);
  const email = fold(user.email ?? '');
  text += mailWords(email);
  if (user.username && !email.startsWith(fold(user.username))) text += identifierWords(user.username);
  if (user.identifier) text += identifierWords(user.identifier);
  for (const { identifier } of user.userIds) if (identifier !== user.identifier) text += identifierWords(identifier);
  if (user.phone) text += phoneWords(user.phone);
  if (user.sms && user.sms !== user.phone) text += phoneWords(user.sms);
  return wordsIn(text);
}

// The words that stand for schools, grades and roles, numbered as they are met.
export const numbers = { school: new Map<string, number>(), grade: new Map<string, number>(), role: new Map<string, number>() };
const firstWords = { school: [0xe000, 3000], grade: [0xf000, 500], role: [0xf700, 300] } as const;
export function numberOf(kind: keyof typeof numbers, value: string): number {
  let number = numbers[kind].get(value);
  if (number === undefined) numbers[kind].set(value, (number = numbers[kind].size));
  return number;
}
export function filterWord(kind: keyof typeof numbers, number: number): string {
  const [base, single] = firstWords[kind];
  return number < single ? String.fromCharCode(base + number) : String.fromCharCode(base + single + Math.floor((number - single) / 1000), base + ((number - single) % 1000));
}
const gradeKey = (grade: string): string => grade.trim().toLowerCase().replace(/^0+(?=\d)/, '');
export function filterWords(schools: readonly number[], grades: readonly string[], roles: readonly string[]): string {
  let text = ' ';
  for (const school of schools) text += `${filterWord('school', school)} `;
  for (const grade of grades) text += `${filterWord('grade', numberOf('grade', gradeKey(grade)))} `;
  for (const role of roles) text += `${filterWord('role', numberOf('role', role))} `;
  return text;
}

// People as the index shows them: pieces of JSON that everybody has are one control character each.
const optional = (value: string | undefined, code: number): string => (value ? `${String.fromCharCode(code)}${JSON.stringify(value).slice(1)}` : String.fromCharCode(code + 1));
const roleCode: Record<string, string> = { student: '\x0c', parent: '\x0d', guardian: '\x0e' };
export const personItem = (user: Upstream, schools: readonly number[]): string => `\x01${JSON.stringify(user.sourcedId).slice(1, -1)}${user.givenName ? `\x02${JSON.stringify(user.givenName).slice(1)}` : '\x03'}`
  + `${optional(user.familyName, 4)}${optional(user.email, 6)}${optional(user.phone, 8)}${optional(user.identifier, 10)}${roleCode[user.role] ?? `\x0f${JSON.stringify([user.role])}`}`
  + `${user.grades?.length ? `\x11${JSON.stringify(user.grades)}` : '\x10'}\x12${JSON.stringify(user.status)}${optional(user.middleName, 19)}\x16${optional(user.username, 23)}${optional(user.sms, 25)}`
  + `\x1b${schools.map((school) => `\x1f${school};`).join(',')}${user.enabledUser ? '\x1c' : `\x1d${user.enabledUser}`}`;
