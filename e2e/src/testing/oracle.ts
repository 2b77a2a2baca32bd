/**
 * Answers searches by filtering the JSONL that a snapshot offers for download, without any of Lastgood's own code: words are cut at
 * everything that is neither letter nor digit, accents and case are dropped, every word of the query must begin some word of the record.
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
  phone?: string;
  sms?: string;
  identifier?: string;
  grades?: string[];
  orgs?: { sourcedId: string }[];
}

function personOf(user: UpstreamUser): { sourcedId: string; words: string[]; grades: string[]; schools: string[] } {
  const names = [user.givenName, user.familyName, user.middleName, user.username, user.email, user.identifier].map((value) => value ?? '');
  const numbers = [user.phone, user.sms].map((value) => (value ?? '').replaceAll(/\D/g, '')).filter((digits) => digits !== '');
  return { sourcedId: user.sourcedId, words: [...names.flatMap(wordsOf), ...numbers], grades: user.grades ?? [], schools: (user.orgs ?? []).map((org) => org.sourcedId) };
}

function wordsOf(text: string): string[] {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
