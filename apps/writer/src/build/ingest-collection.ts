import { createHash } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Collection, LandedPage } from '@lastgood/contracts';
import { normalize } from '@lastgood/sources';
import { BuildError, failure, type BuildSettings } from './build-types.js';
import { LineWriter, linesOfBytes, linesOfFile, linesPath } from './line-files.js';
import type { PeopleWriter } from './people.js';
import { LineSorter } from './sort-lines.js';
import type { IndexWriter } from './write-index.js';

const MAX_PAGE_BYTES = 1024 ** 3;
const ID_FIRST = Buffer.from('{"sourcedId":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BEYOND_CODE_UNITS = /[\ud800-\uffff]/;

type PagePlace = Pick<LandedPage, 'offset'>;

/**
 * Takes the landed pages of one collection in the order of its page list and leaves one file of lines in ascending order of sourcedId (bytes of
 * its UTF-8), each id once. Pages that come in order need no sort, and what comes in order goes to people and index at once, so that it is parsed
 * only here. Throws BuildError for damaged pages and for differing records of one id.
 */
export class CollectionIngest {
  readonly #lines: LineWriter;
  #sorter: LineSorter | null = null;
  #lastId: string | null = null;
  #lastLine: Buffer = Buffer.alloc(0);
  #rows = 0;
  #duplicates = 0;

  constructor(private readonly folder: string, readonly collection: Collection, private readonly settings: BuildSettings, private readonly people: PeopleWriter, private readonly index: IndexWriter) {
    this.#lines = new LineWriter(`${linesPath(folder, collection)}.landed`);
  }

  /** Checks a page against its entry in the page list and takes its lines. */
  addPage(page: LandedPage, stored: Uint8Array): void {
    if (stored.length !== page.size || sha256Of(stored) !== page.sha256) throw this.#damaged(page, 'its bytes do not match the page list');
    const rows = this.#takeLines(page, stored);
    if (rows !== page.rows) throw this.#damaged(page, `it holds ${rows} rows, the page list says ${page.rows}`);
  }

  /** Takes the lines of a page before there is a page list, and tells what its entry there has to be. */
  addAhead({ key, offset }: Pick<LandedPage, 'key' | 'offset'>, stored: Uint8Array): LandedPage {
    return { key, offset, rows: this.#takeLines({ offset }, stored), sha256: sha256Of(stored), size: stored.length };
  }

  /** Puts the lines in order and says how many are left, and how many identical copies were dropped. */
  finish(): { rows: number; duplicates: number } {
    this.#lines.close();
    const landed = this.#lines.path;
    if (this.#sorter === null) {
      renameSync(landed, linesPath(this.folder, this.collection));
    } else {
      const sorted = new LineWriter(linesPath(this.folder, this.collection));
      const { duplicates, conflicts } = this.#sorter.sort(landed, sorted);
      sorted.close();
      this.#sorter.remove();
      rmSync(landed);
      if (conflicts > 0) throw this.#conflict(conflicts);
      this.#duplicates += duplicates;
    }
    this.index.ingested(this.collection);
    return { rows: this.#rows - this.#duplicates, duplicates: this.#duplicates };
  }

  /** Releases what is open: the folder is going to be removed. */
  abandon(): void {
    this.#lines.abandon();
    this.#sorter?.remove();
  }

  #takeLines(page: PagePlace, stored: Uint8Array): number {
    let rows = 0;
    for (const line of linesOfBytes(unpacked(stored, () => this.#damaged(page, 'it cannot be decompressed')))) {
      this.#add(line, page);
      rows += 1;
    }
    return rows;
  }

  #add(line: Buffer, page: PagePlace): void {
    const { id, inOrder } = this.#read(line, page);
    this.#rows += 1;
    if (this.#sorter === null) {
      const order = this.#lastId === null ? 1 : compareIds(id, this.#lastId);
      if (order > 0) {
        this.#lines.add(line);
        this.#lastId = id;
        this.#lastLine = line;
        inOrder?.();
        return;
      }
      if (order === 0 && this.#lastLine.equals(line)) {
        this.#duplicates += 1;
        return;
      }
      this.#sorter = this.#startSorting(page);
      if (inOrder !== undefined) this.index.startAnew();
    }
    this.#sorter.add(Buffer.from(id, 'utf8'), this.#lines.position, line.length);
    this.#lines.add(line);
  }

  /** The id of a line; what users and enrolments say of links goes to the people. `inOrder`: what is to be done while lines come in order. */
  #read(line: Buffer, page: PagePlace): { id: string; inOrder?: (() => void) | undefined } {
    if (this.collection !== 'users' && this.collection !== 'enrollments') return { id: this.#idOf(line, page) };
    const text = line.toString('utf8');
    const upstream = this.#parse(text, page);
    const id = this.#idIn(upstream, page);
    const { kind, validation } = this.settings;
    if (this.collection === 'users') {
      const { record } = normalize('users', kind, upstream, validation);
      if (record !== null) this.people.addUser(record);
      return { id, inOrder: () => record !== null && this.index.user(record, text) };
    }
    const { record } = normalize('enrollments', kind, upstream, validation);
    if (record?.role === 'teacher') this.people.addTeacher(record.classId, record.userId);
    return { id, inOrder: () => record !== null && this.index.enrollment(record) };
  }

  /** Most upstreams send the id first: then the line need not be parsed. */
  #idOf(line: Buffer, page: PagePlace): string {
    if (line.subarray(0, ID_FIRST.length).equals(ID_FIRST)) {
      const end = line.indexOf(QUOTE, ID_FIRST.length);
      const id = line.subarray(ID_FIRST.length, end);
      const repeated = line.indexOf('"sourcedId"', end);
      if (end > ID_FIRST.length && !id.includes(BACKSLASH) && repeated === -1) return id.toString('utf8');
    }
    return this.#idIn(this.#parse(line.toString('utf8'), page), page);
  }

  #idIn(upstream: unknown, page: PagePlace): string {
    const id = typeof upstream === 'object' && upstream !== null && 'sourcedId' in upstream ? upstream.sourcedId : undefined;
    if (typeof id === 'string' && id !== '') return id;
    throw new BuildError(failure('missing_required', `A record of ${this.collection} has no sourcedId; the page from row ${page.offset} on holds it. Ask the upstream's operator to complete it.`, { collection: this.collection, offset: page.offset }));
  }

  #parse(line: string, page: PagePlace): unknown {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw this.#damaged(page, 'a line of it is not JSON', cause);
    }
  }

  /** The lines so far were in order and each once: they are entered by reading them again. */
  #startSorting(page: PagePlace): LineSorter {
    const sorter = new LineSorter(join(this.folder, `${this.collection}.order.sqlite`));
    this.#lines.flush();
    let at = 0;
    for (const line of linesOfFile(this.#lines.path)) {
      sorter.add(Buffer.from(this.#idOf(line, page), 'utf8'), at, line.length);
      at += line.length + 1;
    }
    return sorter;
  }

  #damaged(page: PagePlace, problem: string, cause?: unknown): BuildError {
    const words = `The landed page of ${this.collection} from row ${page.offset} on is damaged: ${problem}. The next run fetches it anew.`;
    return new BuildError(failure('staging_damaged', words, { collection: this.collection, offset: page.offset, retryable: true }), [], { cause });
  }

  #conflict(count: number): BuildError {
    const words = `${count} ids of ${this.collection} came with differing records: the upstream moved while it was read, or gives an id twice.`;
    return new BuildError(failure('conflicting_records', words, { collection: this.collection, retryable: true, count }));
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unpacked(stored: Uint8Array, damaged: () => BuildError): Buffer {
  try {
    return zstdDecompressSync(stored, { maxOutputLength: MAX_PAGE_BYTES });
  } catch {
    throw damaged();
  }
}

/** By the bytes of their UTF-8; UTF-16 has another order only where both hold letters from U+D800 on. */
function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  if (BEYOND_CODE_UNITS.test(a) && BEYOND_CODE_UNITS.test(b)) return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
  return a < b ? -1 : 1;
}
