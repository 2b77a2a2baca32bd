/**
 * Answers searches by filtering the JSONL that a snapshot offers for download, without any of Lastgood's own code: words are cut at everything that is neither letter nor
 * digit, accents and case are dropped, every word of the query must begin some word of the record. For queries of letters; numbers are not compared.
 */
export class Oracle {
  readonly #people: { sourcedId: string; words: string[]; grades: string[]; schools: string[] }[];

  constructor(jsonl: string) {
    this.#people = jsonl.split('\n').filter((line) => line !== '').map((line) => personOf(JSON.parse(line) as UpstreamUser));
  }

  get size(): number {
    return this.#people.length;
  }

  /** The sourcedIds of all people that a query must find, in no order. */
  find({ q, grade, school }: { q: string; grade?: string; school?: string }): Set<string> {
    const wanted = wordsOf(q);
    const found = this.#people.filter((person) => wanted.every((word) => person.words.some((candidate) => candidate.startsWith(word)))
      && (grade === undefined || person.grades.includes(grade)) && (school === undefined || person.schools.includes(school)));
    return new Set(found.map(({ sourcedId }) => sourcedId));
  }

  /** Family and given names to ask for, taken from the data itself. */
  names(): { givenName: string; familyName: string }[] {
    return this.#people.map(({ words: [givenName = '', familyName = ''] }) => ({ givenName, familyName }));
  }
}

interface UpstreamUser {
  sourcedId: string;
  givenName?: string;
  familyName?: string;
  middleName?: string;
  username?: string;
  email?: string;
  identifier?: string;
  grades?: string[];
  orgs?: { sourcedId: string }[];
}

function personOf(user: UpstreamUser): { sourcedId: string; words: string[]; grades: string[]; schools: string[] } {
  const names = [user.givenName, user.familyName, user.middleName].map((value) => value ?? '');
  // An apostrophe or hyphen inside a name may be typed or left out: O'Brien, obrien.
  const joined = names.filter((name) => /\S['’-]\S/.test(name)).map((name) => name.replaceAll(/['’-]/g, ''));
  const [mailbox = '', domain = ''] = (user.email ?? '').split('@');
  const words = [...names, ...joined, user.username ?? '', user.identifier ?? '', mailbox, domain.replaceAll(/[^a-z0-9]/gi, '')].flatMap(wordsOf);
  return { sourcedId: user.sourcedId, words, grades: user.grades ?? [], schools: (user.orgs ?? []).map((org) => org.sourcedId) };
}

const SPELLED: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i' };

function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/[ßæœøłđðþħı]/g, (letter) => SPELLED[letter] ?? letter);
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
