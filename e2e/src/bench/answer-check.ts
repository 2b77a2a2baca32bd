import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { ParentsAnswer, StudentsAnswer } from '@lastgood/contracts';
import { DISTRICT, SOURCE, type LastgoodClient } from '../testing/lastgood-client.js';
import { pathOf, type BenchQuery } from './queries.js';

const COUNT_CAP = 1000;
const PAGE = 200;

interface UpstreamUser {
  sourcedId: string;
  givenName?: string; familyName?: string; middleName?: string; username?: string; identifier?: string; email?: string; phone?: string; sms?: string;
  userIds: { identifier: string }[];
  grades?: string[];
  orgs: { sourcedId: string }[];
}

const LETTERS: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };
const plain = (text: string): string => text.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '').replaceAll(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] as string);
const cut = (text: string): string[] => plain(text).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
const cutMail = (address: string): string[] => {
  const [local = '', domain] = address.split('@');
  return domain === undefined ? cut(local) : [...cut(local), plain(domain).replaceAll(/[^a-z0-9]/g, '')].filter((word) => word !== '');
};
const isNumber = (word: string): boolean => /^[+(]*\d[\d()+./-]*$/.test(word);
const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');
const local = (digits: string): string => (digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits);
const gradeOf = (grade: string): string => grade.toLowerCase().replace(/^0+(?=\d)/, '');

function wordsOf(user: UpstreamUser): string[] {
  const names = [user.givenName, user.middleName, user.familyName].map((name) => name ?? '');
  const others = [user.username, user.identifier, ...user.userIds.map(({ identifier }) => identifier)].map((text) => text ?? '');
  const numbers = [user.phone, user.sms].flatMap((phone) => {
    const whole = digitsOf(phone ?? '');
    return [whole, local(whole), local(whole).slice(3), local(whole).slice(6)];
  });
  return [...names.flatMap(cut), ...names.flatMap((name) => cut(name.replaceAll(/['’-]/g, ''))), ...others.flatMap(cut), ...cutMail(user.email ?? ''), ...numbers];
}

function asked(q: string): string[] {
  return q.split(/\s+/).flatMap((word) => {
    if (isNumber(word)) return digitsOf(word) === word ? [word] : [local(digitsOf(word))];
    return word.includes('@') ? cutMail(word) : cut(word);
  });
}

/**
 * Compares answers with a filter over the published JSONL that shares no code with the product: the same people, as many, up to the first 200. Throws at the
 * first difference.
 */
export async function checkAnswers(product: LastgoodClient, queries: readonly BenchQuery[]): Promise<void> {
  for (const dataset of ['students', 'parents'] as const) {
    const wanted = queries.filter((query) => query.dataset === dataset).map((query) => ({ query, words: asked(query.q), ids: new Set<string>() }));
    const file = await product.fetch(`/api/v1/districts/${DISTRICT}/snapshots/latest-good/files/${dataset}.jsonl?source=${SOURCE}`);
    if (!file.ok || !file.body) throw new Error(`${dataset}.jsonl cannot be downloaded: ${file.status}`);
    for await (const line of createInterface({ input: Readable.fromWeb(file.body) })) {
      const user = JSON.parse(line) as UpstreamUser;
      const words = wordsOf(user);
      for (const { query: { school, grade }, words: prefixes, ids } of wanted) {
        if (school !== undefined && !user.orgs.some(({ sourcedId }) => sourcedId === school)) continue;
        if (grade !== undefined && !(user.grades ?? []).some((one) => gradeOf(one) === gradeOf(grade))) continue;
        if (prefixes.every((prefix) => words.some((word) => word.startsWith(prefix)))) ids.add(user.sourcedId);
      }
    }
    for (const { query, ids } of wanted) await compare(product, query, ids);
  }
}

async function compare(product: LastgoodClient, query: BenchQuery, expected: ReadonlySet<string>): Promise<void> {
  const answer = await product.get(query.dataset === 'students' ? StudentsAnswer : ParentsAnswer, `/api/v1/districts/${DISTRICT}/${pathOf(query)}&limit=${PAGE}`);
  const page = answer.sources[0];
  // Hits that only resemble the query stand behind the exact ones and are not counted.
  const ids = new Set(page?.items.flatMap(({ sourcedId, match }) => (match === 'similar' ? [] : [sourcedId])));
  const count = page?.count.value ?? -1;
  if (count !== Math.min(expected.size, COUNT_CAP) || ids.size !== Math.min(expected.size, PAGE) || ![...ids].every((id) => expected.has(id))) {
    throw new Error(`a search answers otherwise than the published files say: ${pathOf(query)} (${count} found, ${expected.size} expected)`);
  }
}
