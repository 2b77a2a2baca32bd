import { Readable } from 'node:stream';
import { ServiceError, type FoundClass, type FoundParent, type FoundStudent, type SearchCsvQuery } from '@lastgood/contracts';
import type { SearchedDataset } from '@lastgood/index-file/reader';
import type { Districts } from '@lastgood/service-runtime';
import { csvCell } from '@lastgood/sources';
import type { z } from 'zod';
import type { AtLeast } from './at-least.js';
import { noSnapshotYet } from './data-answers.js';
import { numberOf, type Serving, type ServingSources } from './serving-sources.js';

/** More matches are refused: whoever wants everybody takes the file of the snapshot. */
export const MOST_CSV_ROWS = 100_000;
const ROWS_AT_ONCE = 200;
const BYTE_ORDER_MARK = '\ufeff';

type Cells = Record<string, string | boolean | number | null | readonly string[]>;

/** A result as CSV: its bytes, and the snapshots they come from. */
export interface SearchCsv {
  content: Readable;
  rows: number;
  /** Value of `Lastgood-Snapshot`. */
  snapshots: string;
  logNumbers: [source: string, number: number][];
}

/** Writes all exact matches of a search as CSV, page by page: one snapshot of each source, held until the last byte is read. */
export class SearchCsvs {
  constructor(private readonly districts: Districts, private readonly serving: ServingSources, private readonly mostRows = MOST_CSV_ROWS) {}

  /** Throws `no_snapshot_yet`, `too_many_rows`, and what keeps any of the sources from being read: a file does not tell what it lacks. */
  async of(district: string, dataset: SearchedDataset, query: SearchCsvQuery, atLeast: AtLeast): Promise<SearchCsv> {
    const sources = query.source === undefined ? this.districts.get(district).sources.map(({ id }) => id) : [this.districts.source(district, query.source).id];
    const servings: Serving[] = [];
    let rows: number;
    const release = (): void => servings.splice(0).forEach(({ lease }) => lease.release());
    try {
      for (const source of sources) {
        const serving = await this.serving.current(district, source, atLeast);
        if (serving) servings.push(serving);
      }
      if (servings.length === 0) throw noSnapshotYet();
      rows = await this.#count(servings, dataset, query);
    } catch (error) {
      release();
      throw error;
    }
    const content = Readable.from(this.#lines([...servings], dataset, query), { objectMode: false });
    content.once('close', release);
    return { content, rows, snapshots: servings.map(({ source, attempt }) => `${source}=${attempt.entry.snapshot}`).join(', '), logNumbers: servings.map(({ source, attempt }) => [source, numberOf(attempt.entry)]) };
  }

  /** How many rows there will be; throws when there are too many. */
  async #count(servings: readonly Serving[], dataset: SearchedDataset, query: SearchCsvQuery): Promise<number> {
    let rows = 0;
    for (const serving of servings) rows += (await this.serving.answer(serving, (index) => index.count(dataset, query, this.mostRows))).value;
    if (rows <= this.mostRows) return rows;
    throw new ServiceError('invalid', 'too_many_rows', `More than ${this.mostRows} records match. Narrow the search, or take the file ${dataset}.csv of the snapshot, which has everybody.`, { errors: [{ field: 'q', message: `matches more than ${this.mostRows} records` }] });
  }

  async *#lines(servings: readonly Serving[], dataset: SearchedDataset, query: SearchCsvQuery): AsyncGenerator<Buffer, void, undefined> {
    const names = COLUMNS[dataset];
    yield Buffer.from(`${BYTE_ORDER_MARK}source,snapshot,${names.join(',')}\r\n`);
    for (const serving of servings) {
      const head = `${serving.source},${serving.attempt.entry.snapshot}`;
      for (let after: number | null = 0; after !== null; ) {
        const from: number = after;
        const page = await this.serving.answer(serving, (index) => index.page(dataset, { ...query, similar: 'false', limit: ROWS_AT_ONCE, after: from }));
        const cells = (JSON.parse(`[${page.text?.toString('utf8')}]`) as never[]).map((item) => CELLS[dataset](item));
        if (cells.length > 0) yield Buffer.from(cells.map((row) => `${head},${names.map((name) => csvCell(textOf(row[name]))).join(',')}\r\n`).join(''));
        after = page.next;
      }
    }
  }
}

const PERSON_COLUMNS = ['sourcedId', 'status', 'givenName', 'middleName', 'familyName', 'preferredName', 'username', 'email', 'phone', 'sms', 'identifier', 'roles', 'grades', 'schools', 'schoolIds', 'enabled'];
const COLUMNS: Record<SearchedDataset, readonly string[]> = {
  students: [...PERSON_COLUMNS, 'guardians', 'guardianIds'],
  parents: [...PERSON_COLUMNS, 'children', 'childIds'],
  classes: ['sourcedId', 'status', 'title', 'classCode', 'classType', 'location', 'grades', 'subjects', 'periods', 'course', 'courseId', 'school', 'schoolId', 'teachers', 'teacherIds', 'students'],
};

type Student = z.infer<typeof FoundStudent>;
type Parent = z.infer<typeof FoundParent>;
type Class = z.infer<typeof FoundClass>;

const nameOf = ({ givenName, familyName }: { givenName: string | null; familyName: string | null }): string => [givenName, familyName].filter((part) => part !== null).join(' ');
const idsOf = (list: readonly { sourcedId: string }[]): string[] => list.map(({ sourcedId }) => sourcedId);
const schoolsOf = (schools: Student['schools']): Cells => ({ schools: schools.map(({ name, sourcedId }) => name ?? sourcedId), schoolIds: idsOf(schools) });

/** The cells of an item by column. */
const CELLS: Record<SearchedDataset, (item: never) => Cells> = {
  students: ({ guardians, schools, unresolvedGuardians: _, ...item }: Student): Cells => ({ ...item, ...schoolsOf(schools), guardians: guardians.map(nameOf), guardianIds: idsOf(guardians) }),
  parents: ({ children, schools, unresolvedChildren: _, ...item }: Parent): Cells => ({ ...item, ...schoolsOf(schools), children: children.map(nameOf), childIds: idsOf(children) }),
  classes: ({ course, school, teachers, ...item }: Class): Cells => ({
    ...item, course: course?.title ?? null, courseId: course?.sourcedId ?? null, school: school?.name ?? null, schoolId: school?.sourcedId ?? null, teachers: teachers.map(nameOf), teacherIds: idsOf(teachers),
  }),
};

function textOf(cell: Cells[string] | undefined): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? cell.join(', ') : String(cell);
}
