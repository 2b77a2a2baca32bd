import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GeneratedDistrict, listKey, renderPage, type BulkCollection } from '@lastgood/upstream-simulator';

/** The collections that a refresh reads when demographics are off. */
export const COLLECTIONS = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments'] as const satisfies readonly BulkCollection[];

/** References of rendered records point here; nobody follows them. */
const BASE_URL = 'http://upstream.example/ims/oneroster/v1p1';
const CHUNK_BYTES = 1 << 20;

/** The district that a benchmark of so many people is about: always the same. */
export function benchDistrict(people: number): GeneratedDistrict {
  return new GeneratedDistrict({ districtId: 'bench', people, seed: 20_260_101, night: 0 });
}

/**
 * All rows of one collection, rendered as the simulator renders them and joined by commas in one file, with the place of each, so that every
 * slice of rows is one range of bytes.
 */
export class RenderedCollection {
  readonly #starts: Float64Array;
  readonly #file: number;
  readonly #head: Buffer;

  constructor(folder: string, district: GeneratedDistrict, collection: BulkCollection) {
    const count = district.count(collection);
    this.#starts = new Float64Array(count + 1);
    this.#head = Buffer.from(`{"${listKey[collection]}":[`);
    const path = join(folder, `${collection}.rows`);
    const file = openSync(path, 'wx', 0o600);
    let chunk: Buffer[] = [];
    let held = 0;
    for (let position = 0, end = 0; position < count; position++) {
      const page = renderPage({ roster: district, version: '1.1', collection, offset: position, limit: 1, baseUrl: BASE_URL });
      const row = Buffer.from(`${page.slice(this.#head.length, -2)},`);
      chunk.push(row);
      held += row.length;
      this.#starts[position + 1] = end += row.length;
      if (held < CHUNK_BYTES && position < count - 1) continue;
      writeWhole(file, Buffer.concat(chunk));
      [chunk, held] = [[], 0];
    }
    closeSync(file);
    this.#file = openSync(path, 'r');
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** The body of a page: rows from `offset` on, at most `limit`; an empty list behind the end. */
  page(offset: number, limit: number): Buffer {
    const first = Math.min(offset, this.count);
    const last = Math.min(first + limit, this.count);
    const start = this.#starts[first] as number;
    // The comma behind the last row of the page is overwritten by the end of the list.
    const rows = Math.max((this.#starts[last] as number) - start - 1, 0);
    const body = Buffer.allocUnsafe(this.#head.length + rows + 2);
    this.#head.copy(body);
    for (let done = 0; done < rows;) done += readSync(this.#file, body, this.#head.length + done, rows - done, start + done);
    body.write(']}', body.length - 2);
    return body;
  }
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
