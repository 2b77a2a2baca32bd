import { closeSync, openSync, writeSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { constants, zstdCompressSync } from 'node:zlib';
import { pairOf, Pairs, TABLES, teacherIn } from './floor-index.js';
import { Known, Numbers, Texts } from './floor-kept.js';
import { addNames, cell, filterWord, filterWords, fold, head, ids, list, nameWords, numberOf, numbers, orderKey, personItem, userCells, userColumns, userWords, wordsIn, type Reference, type Text, type Upstream } from './floor-texts.js';
import { Words, type Insert } from './floor-words.js';

/*
 * The floor of the benchmark: what one thread needs with Node alone, without any of Lastgood's code, to make the CSV, JSONL and search index of a
 * snapshot from the pages of a OneRoster 1.1 provider. It trusts the pages: no checks, no retries, no staging, no compression of the files, memory as
 * it comes. Arguments: URL of the provider, bearer token, rows a page, folder. Says `{ seconds, cpuSeconds }` on one line.
 */

const [provider = '', token = '', pageRows = '', folder = ''] = process.argv.slice(2);

// Pages: two at once, each beginning with the last row of the one before, as the product asks for them.
const agent = new Agent({ keepAlive: true, maxSockets: 2 });

function download(collection: string, offset: number): Promise<{ total: number; body: string }> {
  return new Promise((resolve, reject) => {
    const url = `${provider}/ims/oneroster/v1p1/${collection}?limit=${pageRows}&offset=${offset}&sort=sourcedId&orderBy=asc`;
    get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      answer.on('end', () => resolve({ total: Number(answer.headers['x-total-count']), body: Buffer.concat(chunks).toString('utf8') }));
    }).on('error', reject);
  });
}

async function eachRecord(collection: string, take: (record: Upstream, line: string) => void): Promise<void> {
  const stride = Number(pageRows) - 1;
  let [coming, last] = [download(collection, 0), -1];
  for (let offset = 0; ; offset += stride) {
    const { total, body } = await coming;
    if (offset + stride + 1 < total) coming = download(collection, offset + stride);
    const records = (JSON.parse(body) as Record<string, Upstream[]>)[collection]!;
    for (let at = offset === 0 ? 0 : 1; at < records.length; at++) {
      const record = records[at]!;
      if (record.password !== undefined) delete record.password;
      take(record, JSON.stringify(record));
    }
    last = offset + records.length;
    if (last >= total) return;
  }
}

// CSV (RFC 4180) and JSONL.
class TextFile {
  readonly #file: number;
  #text: string;

  constructor(name: string, header = '') {
    this.#file = openSync(join(folder, name), 'wx');
    this.#text = header;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > 1 << 20) this.#write();
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }

  #write(): void {
    writeSync(this.#file, this.#text);
    this.#text = '';
  }
}

class Dataset {
  readonly csv: TextFile;
  readonly jsonl: TextFile;

  constructor(name: string, columns: string) {
    this.csv = new TextFile(`${name}.csv`, `sourcedId,status,dateLastModified,${columns}\r\n`);
    this.jsonl = new TextFile(`${name}.jsonl`);
  }

  close(): void {
    this.csv.close();
    this.jsonl.close();
  }
}

// The index file.
// Bytes that no row uses are what was last written there, which depends on the pages that are in the cache: its size and what is read must be the product's.
const index = new DatabaseSync(join(folder, 'index.sqlite'));
index.exec(`
  PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = NONE; PRAGMA cache_size = -8000;
  BEGIN; ${TABLES}
`);
const into = (table: string, columns: string): Insert => {
  const statement = index.prepare(`INSERT INTO ${table}(${columns}) VALUES(${columns.replace(/[a-z_]+/g, '?')})`);
  return (...values) => void statement.run(...values);
};

const lists = { next: 1 };
const newWords = (dataset: number): Words => new Words(dataset, lists, into('terms', 'kind, term, list, rows'), into('lists', 'id, rows'));

class Blocks {
  #lines: string[] = [];
  #block = 0;
  readonly #insert: Insert;

  constructor(table: string) {
    this.#insert = into(table, 'block, bytes');
  }

  add(line: string): void {
    if (this.#lines.push(line) === 256) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) this.#insert(this.#block++, zstdCompressSync(this.#lines.join('\n'), { params: { [constants.ZSTD_c_compressionLevel]: 3 } }));
    this.#lines = [];
  }
}

interface ClassKept { csv: string; record: Upstream; teachers: Set<string> }

const STUDENT = 1;
const PARENT = 2;
const bitsOf: Record<string, number> = { students: STUDENT, parents: PARENT, teachers: 4, staff: 8 };
const datasetOf = (role: string): string => (role === 'student' ? 'students' : role === 'parent' || role === 'guardian' || role === 'relative' ? 'parents' : role === 'teacher' ? 'teachers' : 'staff');
const text = (value: string | undefined): Text => value || null;

const people = new Known();
/** Of each person by its number: its dataset, cells, item and words, and the ids of its agents between line feeds. */
const persons = { dataset: [] as string[], csv: new Texts(), item: new Texts(), words: new Texts(), agents: new Texts() };
const classes = new Known();
const classesKept: ClassKept[] = [];
const orgNames = new Map<string, Text>();
const courses = new Map<string, { title: Text; courseCode: Text }>();
const enrolled = { person: new Numbers(), group: new Numbers(), kind: new Numbers() };
const roles = new Map<string, number>();
let unresolvedEnrollments = 0;

async function readSmallCollections(): Promise<void> {
  const orgs = new Dataset('orgs', 'name,type,identifier,parentId');
  await eachRecord('orgs', (org, line) => {
    orgNames.set(org.sourcedId, text(org.name));
    orgs.csv.add(`${head(org)},${cell(org.name)},${cell(org.type)},${cell(org.identifier || org.sourcedId)},${cell(org.parent?.sourcedId)}\r\n`);
    orgs.jsonl.add(`${line}\n`);
  });
  orgs.close();
  const sessions = new Dataset('academicSessions', 'title,type,startDate,endDate,parentId,schoolYear');
  await eachRecord('academicSessions', (session, line) => {
    sessions.csv.add(`${head(session)},${cell(session.title)},${cell(session.type)},${cell(session.startDate)},${cell(session.endDate)},${cell(session.parent?.sourcedId)},${cell(session.schoolYear as string)}\r\n`);
    sessions.jsonl.add(`${line}\n`);
  });
  sessions.close();
  const all = new Dataset('courses', 'title,courseCode,grades,subjects,orgId,schoolYearId');
  await eachRecord('courses', (course, line) => {
    courses.set(course.sourcedId, { title: text(course.title), courseCode: text(course.courseCode) });
    all.csv.add(`${head(course)},${cell(course.title)},${cell(course.courseCode)},${list(course.grades)},${list(course.subjects)},${cell(course.org?.sourcedId)},${cell((course.schoolYear as Reference | undefined)?.sourcedId)}\r\n`);
    all.jsonl.add(`${line}\n`);
  });
  all.close();
}

async function readUsers(): Promise<Blocks> {
  const blocks = new Blocks('people_records');
  const jsonl = new Map(Object.keys(bitsOf).map((dataset) => [dataset, new TextFile(`${dataset}.jsonl`)]));
  await eachRecord('users', (user, line) => {
    const dataset = datasetOf(user.role);
    const schools = user.orgs.map(({ sourcedId }) => numberOf('school', sourcedId));
    const searched = dataset === 'students' || dataset === 'parents';
    people.add(user.sourcedId, orderKey(text(user.familyName), text(user.givenName)), line);
    persons.dataset.push(dataset);
    persons.csv.add(userCells(user));
    persons.item.add(personItem(user, schools));
    persons.words.add(searched ? userWords(user) + filterWords(schools, user.grades ?? [], [user.role]) : '');
    persons.agents.add(searched ? user.agents.map(({ sourcedId }) => sourcedId).join('\n') : '');
    if (searched) addNames(dataset === 'students' ? 0 : 1, [user.givenName, user.middleName, user.familyName]);
    jsonl.get(dataset)!.add(`${line}\n`);
    blocks.add(line);
  });
  for (const file of jsonl.values()) file.close();
  return blocks;
}

async function readClasses(): Promise<Blocks> {
  const blocks = new Blocks('class_records');
  const jsonl = new TextFile('classes.jsonl');
  await eachRecord('classes', (group, line) => {
    classes.add(group.sourcedId, orderKey(text(group.title), text(group.classCode)), line);
    const csv = `${head(group)},${cell(group.title)},${cell(group.classCode)},${cell(group.classType)},${cell(group.location)},${list(group.grades)},${list(group.subjects)},${list(group.periods)},`
      + `${cell(group.course.sourcedId)},${cell(group.school.sourcedId)},${ids(group.terms)}`;
    classesKept.push({ csv, record: group, teachers: new Set() });
    jsonl.add(`${line}\n`);
    blocks.add(line);
  });
  jsonl.close();
  return blocks;
}

async function readEnrollments(): Promise<void> {
  const files = new Dataset('enrollments', 'userId,classId,schoolId,role,primary,beginDate,endDate');
  await eachRecord('enrollments', (one, line) => {
    const [userId, classId] = [one.user.sourcedId, one.class.sourcedId];
    files.csv.add(`${head(one)},${cell(userId)},${cell(classId)},${cell(one.school.sourcedId)},${cell(one.role)},${one.primary ?? ''},${cell(one.beginDate)},${cell(one.endDate)}\r\n`);
    files.jsonl.add(`${line}\n`);
    const [person, group] = [people.numberOf.get(userId), classes.numberOf.get(classId)];
    if (one.role === 'teacher' && group !== undefined) classesKept[group]!.teachers.add(userId);
    if (one.status === 'tobedeleted') return;
    if (person === undefined || group === undefined) return void (unresolvedEnrollments += 1);
    if (!roles.has(one.role)) roles.set(one.role, roles.size);
    enrolled.person.push(person);
    enrolled.group.push(group);
    enrolled.kind.push(roles.get(one.role)! * 4 + (one.primary === undefined ? 0 : one.primary ? 2 : 1));
  });
  files.close();
}

function writePeople(): { links: Pairs; unresolved: Map<number, number>; counts: { students: number; parents: number } } {
  const person = into('people', 'row, item');
  const [students, parents] = [newWords(0), newWords(1)];
  const pairs: number[] = [];
  const base = people.ids.length + 1;
  const unresolved = new Map<number, number>();
  let row = 0;
  for (const n of people.inOrder) {
    const dataset = persons.dataset[n]!;
    person(++row, persons.item.at(n));
    if (dataset !== 'students' && dataset !== 'parents') continue;
    (dataset === 'students' ? students : parents).add(row, persons.words.at(n));
    for (const agent of persons.agents.at(n).split('\n')) {
      if (agent === '') continue;
      const other = people.numberOf.get(agent);
      if (other === undefined) unresolved.set(n, (unresolved.get(n) ?? 0) + 1);
      else if (other === n) continue;
      else if (dataset === 'students' && persons.dataset[other] !== 'students') pairs.push(pairOf(base, n, other, 1));
      else if (dataset === 'parents' && persons.dataset[other] === 'students') pairs.push(pairOf(base, other, n, 2));
    }
  }
  students.write(row);
  parents.write(row);
  return { links: new Pairs(base, pairs), unresolved, counts: { students: students.everyone.length, parents: parents.everyone.length } };
}

function writeLinks(kind: 'guardians' | 'children', links: Pairs, unresolved: ReadonlyMap<number, number>): { links: number; unresolved: number } {
  const [insert, absent] = [into(kind, 'row, linked, named'), into(`unresolved_${kind}`, 'row, count')];
  const dataset = kind === 'guardians' ? 'students' : 'parents';
  const mine = [...unresolved].filter(([n]) => persons.dataset[n]! === dataset).map(([n, count]) => [people.rowOf[n]!, count] as const).sort(([a], [b]) => a - b);
  for (const [row, count] of mine) absent(row, count);
  let count = 0;
  for (const [left, right, named] of links.mapped((student, guardian) => (kind === 'guardians' ? [people.rowOf[student]!, people.rowOf[guardian]!] : [people.rowOf[guardian]!, people.rowOf[student]!])).each()) {
    insert(left, right, named);
    count += 1;
  }
  return { links: count, unresolved: mine.reduce((sum, [, many]) => sum + many, 0) };
}

interface Member { row: number; kind: number; n: number }

function eachRoster(keys: Known, keyOf: Numbers, others: Known, otherOf: Numbers, table: string, visit?: (key: number, members: readonly Member[]) => void): void {
  const insert = into(table, 'row, members');
  const starts = new Uint32Array(keys.ids.length + 1);
  for (const key of keyOf.all()) starts[key + 1]! += 1;
  for (let key = 0; key < keys.ids.length; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  const places = new Uint32Array(keyOf.length);
  for (let at = 0; at < keyOf.length; at++) places[next[keyOf.at(at)]!++] = at;
  for (const key of keys.inOrder) {
    const all = Array.from(places.subarray(starts[key], starts[key + 1]), (at): Member => ({ row: others.rowOf[otherOf.at(at)]!, kind: enrolled.kind.at(at), n: otherOf.at(at) }));
    const members = all.sort((a, b) => a.row - b.row || a.kind - b.kind).filter(({ row, kind }, at) => row !== all[at - 1]?.row || kind !== all[at - 1]?.kind);
    const bytes = Buffer.allocUnsafe(members.length * 6);
    members.forEach(({ row, kind }, at) => bytes.writeUInt16LE(kind, bytes.writeUInt32LE(row, at * 6)));
    if (members.length > 0) insert(keys.rowOf[key]!, bytes);
    visit?.(key, members);
  }
}

const readPerson = index.prepare('SELECT item FROM people WHERE row = ?');

function classItem(record: Upstream, members: readonly Member[]): string {
  const course = courses.get(record.course.sourcedId);
  const teachers = members.filter(({ kind }) => kind >> 2 === roles.get('teacher')).sort((a, b) => Number((b.kind & 3) === 2) - Number((a.kind & 3) === 2) || a.row - b.row);
  const seen = new Set<number>();
  const item = JSON.stringify({
    sourcedId: record.sourcedId, status: record.status, title: text(record.title), classCode: text(record.classCode), classType: text(record.classType), location: text(record.location),
    grades: record.grades ?? [], subjects: record.subjects ?? [], periods: record.periods ?? [], course: { sourcedId: record.course.sourcedId, title: course?.title ?? null },
    teachers: teachers.filter(({ row }) => !seen.has(row) && seen.add(row)).map(({ row }) => teacherIn(String(readPerson.get(row)!['item']))),
    students: new Set(members.filter(({ kind }) => kind >> 2 === roles.get('student')).map(({ n }) => n)).size,
  });
  return `${item.slice(0, -1)},"school":\x1f${numberOf('school', record.school.sourcedId)};}`;
}

function writeClasses(): void {
  const role = into('roles', 'code, name');
  for (const [name, code] of roles) role(code, name);
  const [insert, words] = [into('classes', 'row, item'), newWords(2)];
  eachRoster(classes, enrolled.group, people, enrolled.person, 'rosters', (n, members) => {
    const { record } = classesKept[n]!;
    const course = courses.get(record.course.sourcedId);
    insert(classes.rowOf[n]!, classItem(record, members));
    const parts = [record.title, record.classCode, record.location, ...(record.subjects ?? []), course?.title, course?.courseCode].filter((part) => !!part) as string[];
    words.add(classes.rowOf[n]!, wordsIn(parts.map(fold).join(' ')) + filterWords([numberOf('school', record.school.sourcedId)], record.grades ?? [], []));
    addNames(2, [record.title, course?.title]);
  });
  eachRoster(people, enrolled.person, classes, enrolled.group, 'person_classes');
  words.write(classes.ids.length);
}

function writeIds(): void {
  const [person, group] = [into('people_ids', 'id, n, row, datasets, hash'), into('class_ids', 'id, n, row, hash')];
  people.ids.forEach((id, n) => person(id, n, people.rowOf[n]!, bitsOf[persons.dataset[n]!]!, people.hashOf(n)));
  classes.ids.forEach((id, n) => group(id, n, classes.rowOf[n]!, classes.hashOf(n)));
  const [org, filter] = [into('orgs', 'code, id, name'), into('filters', 'kind, value, token')];
  for (const [id, number] of numbers.school) {
    org(number, id, orgNames.get(id) ?? null);
    filter('school', id, filterWord('school', number));
  }
  for (const kind of ['grade', 'role'] as const) for (const [value, number] of numbers[kind]) filter(kind, value, filterWord(kind, number));
  nameWords.forEach((words, dataset) => into('names', 'dataset, words')(dataset, words.size === 0 ? '' : `\n${[...words].sort().join('\n')}\n`));
}

function writeIndex(): Pairs {
  const { links, unresolved, counts } = writePeople();
  const guardians = writeLinks('guardians', links, unresolved);
  const children = writeLinks('children', links, unresolved);
  writeClasses();
  writeIds();
  const meta = into('meta', 'name, value');
  const values = {
    format_version: 4, schema_version: '1.0', calculation_version: '1.0', ...counts, people: people.ids.length, classes: classes.ids.length, links: guardians.links,
    unresolvedGuardians: guardians.unresolved, unresolvedChildren: children.unresolved, unresolvedEnrollments,
  };
  for (const [name, value] of Object.entries(values)) meta(name, value);
  index.exec('COMMIT');
  index.close();
  return links;
}

function writeUserFiles(links: Pairs): void {
  const linked = (pairs: Pairs): Map<number, string[]> => {
    const others = new Map<number, string[]>();
    for (const [left, right] of pairs.each()) {
      const known = others.get(left);
      if (known) known.push(people.ids[right]!);
      else others.set(left, [people.ids[right]!]);
    }
    return others;
  };
  const more: Record<string, { header: string; linked?: Map<number, string[]> }> = {
    students: { header: ',guardianIds', linked: linked(links) }, parents: { header: ',childIds', linked: linked(links.mapped((student, guardian) => [guardian, student])) }, teachers: { header: '' }, staff: { header: '' },
  };
  const files = new Map(Object.entries(more).map(([name, { header }]) => [name, new TextFile(`${name}.csv`, `sourcedId,status,dateLastModified,${userColumns}${header}\r\n`)]));
  persons.dataset.forEach((dataset, n) => {
    const csv = persons.csv.at(n);
    const others = more[dataset]!.linked;
    files.get(dataset)!.add(others ? `${csv},${list(others.get(n))}\r\n` : `${csv}\r\n`);
  });
  for (const file of files.values()) file.close();
  const classFile = new TextFile('classes.csv', 'sourcedId,status,dateLastModified,title,classCode,classType,location,grades,subjects,periods,courseId,schoolId,termIds,teacherIds\r\n');
  for (const { csv, teachers } of classesKept) classFile.add(`${csv},${list([...teachers].sort())}\r\n`);
  classFile.close();
}

const [start, cpu] = [performance.now(), process.cpuUsage()];
await readSmallCollections();
const peopleBlocks = await readUsers();
const classBlocks = await readClasses();
await readEnrollments();
peopleBlocks.flush();
classBlocks.flush();
people.order();
classes.order();
writeUserFiles(writeIndex());
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 })}\n`);
agent.destroy();
