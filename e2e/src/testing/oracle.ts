/**
 * Answers searches by filtering the JSONL that a snapshot offers for download, without any of Lastgood's own code: words are cut at everything that is neither letter nor
 * digit, accents and case are dropped, every word of the query must begin some word of the record. A phone number is asked for by digits alone, from the start of any of its groups on.
 */
export class Oracle {
  readonly #entries: Entry[];

  /** Of `students.jsonl`, `parents.jsonl` and the like. */
  constructor(jsonl: string, entryOf: (record: never) => Entry = personOf) {
    this.#entries = recordsOf(jsonl).map((record) => entryOf(record as never));
  }

  /** Of `classes.jsonl`, with the courses they name. */
  static ofClasses(classes: string, courses: string): Oracle {
    const byId = new Map(recordsOf(courses).map((course) => [(course as UpstreamCourse).sourcedId, course as UpstreamCourse]));
    return new Oracle(classes, (record: UpstreamClass) => classOf(record, byId.get(record.course?.sourcedId ?? '')));
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The sourcedIds of all people that a query must find, in no order. */
  find({ q, grade, school }: { q: string; grade?: string; school?: string }): Set<string> {
    const wanted = wordsOf(q);
    const found = this.#entries.filter((person) => wanted.every((word) => person.words.some((candidate) => candidate.startsWith(word)))
      && (grade === undefined || person.grades.includes(grade)) && (school === undefined || person.schools.includes(school)));
    return new Set(found.map(({ sourcedId }) => sourcedId));
  }

  /** A word of letters from each record that has one, all phone numbers and identifiers of digits, and the schools and grades that there are: what to ask for, taken from the data itself. */
  terms(): { words: string[]; numbers: string[]; schools: string[]; grades: string[] } {
    return {
      numbers: this.#entries.flatMap(({ numbers }) => numbers),
      words: this.#entries.flatMap(({ words }, index) => words.filter((word) => /^\p{L}+$/u.test(word)).at(index % 5) ?? []),
      schools: [...new Set(this.#entries.flatMap(({ schools }) => schools))],
      grades: [...new Set(this.#entries.flatMap(({ grades }) => grades))],
    };
  }

  /** Family and given names to ask for, taken from the data itself. */
  names(): { givenName: string; familyName: string }[] {
    return this.#entries.map(({ words: [givenName = '', familyName = ''] }) => ({ givenName, familyName }));
  }
}

interface Entry {
  sourcedId: string;
  words: string[];
  /** The digits of its phones and identifiers. */
  numbers: string[];
  grades: string[];
  schools: string[];
}

interface UpstreamCourse {
  sourcedId: string;
  title?: string;
  courseCode?: string;
}

interface UpstreamClass {
  sourcedId: string;
  title?: string;
  classCode?: string;
  location?: string;
  subjects?: string[];
  grades?: string[];
  course?: { sourcedId: string };
  school?: { sourcedId: string };
}

interface UpstreamUser {
  sourcedId: string;
  givenName?: string;
  familyName?: string;
  middleName?: string;
  username?: string;
  email?: string;
  identifier?: string;
  userIds?: { identifier: string }[];
  phone?: string;
  sms?: string;
  grades?: string[];
  orgs?: { sourcedId: string }[];
}

function recordsOf(jsonl: string): unknown[] {
  return jsonl.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
}

function classOf({ sourcedId, title, classCode, location, subjects = [], grades = [], school }: UpstreamClass, course?: UpstreamCourse): Entry {
  const words = [title, classCode, location, ...subjects, course?.title, course?.courseCode].flatMap((text) => wordsOf(text ?? ''));
  return { sourcedId, words, numbers: [], grades, schools: school ? [school.sourcedId] : [] };
}

function personOf(user: UpstreamUser): Entry {
  const names = [user.givenName, user.familyName, user.middleName].map((value) => value ?? '');
  // An apostrophe or hyphen inside a name may be typed or left out: O'Brien, obrien.
  const joined = names.filter((name) => /\S['’-]\S/.test(name)).map((name) => name.replaceAll(/['’-]/g, ''));
  const [mailbox = '', domain = ''] = (user.email ?? '').split('@');
  const identifiers = [user.identifier ?? '', ...(user.userIds ?? []).map(({ identifier }) => identifier)];
  const phones = [user.phone ?? '', user.sms ?? ''].filter((phone) => phone !== '');
  const words = [...names, ...joined, user.username ?? '', ...identifiers, mailbox, domain.replaceAll(/[^a-z0-9]/gi, '')].flatMap(wordsOf);
  const numbers = [...phones.map(localDigits), ...identifiers.filter((identifier) => /^\d+$/.test(identifier))];
  return { sourcedId: user.sourcedId, words: [...words, ...phones.flatMap(numbersOf)], numbers, grades: user.grades ?? [], schools: (user.orgs ?? []).map((org) => org.sourcedId) };
}

/** Without the 1 that North American numbers may begin with. */
function localDigits(phone: string): string {
  return phone.replaceAll(/\D/g, '').replace(/^1(\d{10})$/, '$1');
}

/** The digits of a phone number from each place on where one may begin to type: as its groups were written, or by area, exchange and line. */
function numbersOf(phone: string): string[] {
  const groups = phone.match(/\d+/g) ?? [];
  const local = localDigits(phone);
  return [...groups.map((_, index) => groups.slice(index).join('')), local, ...(local.length === 10 ? [local.slice(3), local.slice(6)] : [])];
}

const SPELLED: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i' };

function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/[ßæœøłđðþħı]/g, (letter) => SPELLED[letter] ?? letter);
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
