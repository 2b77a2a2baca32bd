import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Collection, NormalRecord, NormalRecords } from '@lastgood/contracts';
import { IndexBuilder, type IndexCounts } from '@lastgood/index-file';
import { datasetsOf, normalize } from '@lastgood/sources';
import type { BuildSettings, BuiltFile } from './build-types.js';
import { linesOfFile, linesPath } from './line-files.js';
import { PartFile } from './part-file.js';

/** Logical name of the search index in a snapshot. */
export const INDEX_NAME = 'index.sqlite';

export interface BuiltIndex {
  file: BuiltFile;
  counts: IndexCounts;
}

const IN_ORDER = ['orgs', 'courses', 'users', 'classes', 'enrollments'] as const;
type Indexed = (typeof IN_ORDER)[number];

/**
 * Builds the search index of one build. Users and enrolments may be handed in while they are read, as long as they come in their final order, enrolments
 * after users and classes: they need not be parsed a second time then. Where that fails, `finish` reads what is missing or begins anew from the ordered lines; the bytes are the same either way.
 * Records that do not fit the schema are left out: then writing the datasets refuses the build.
 */
export class IndexWriter {
  readonly #path: string;
  readonly #done = new Set<Collection>();
  #builder: IndexBuilder | null = null;
  /** What has been handed in and is in the index. */
  #early: 'users' | 'users only' | 'enrollments' | 'no' = 'users';

  constructor(private readonly folder: string, private readonly settings: BuildSettings) {
    this.#path = join(folder, INDEX_NAME);
  }

  /** The next user in order of sourcedId, and its line. */
  user(record: NormalRecords['users'], line: string): void {
    if (this.#early === 'users' || this.#early === 'users only') this.#open().addUser(record, datasetsOf(record), line);
  }

  /** The next enrolment in order of sourcedId. */
  enrollment(record: NormalRecords['enrollments']): void {
    if (this.#early === 'users') this.#beginEnrollments();
    if (this.#early === 'enrollments') this.#open().addEnrollment(record);
  }

  /** What was handed in was not in its final order: everything is read again in `finish`. */
  startAnew(): void {
    this.abandon();
    this.#early = 'no';
  }

  /** The ordered lines of a collection are there. */
  ingested(collection: Collection): void {
    this.#done.add(collection);
  }

  /** Call once, when every collection is ingested: completes the index and compresses it. */
  async finish(): Promise<BuiltIndex> {
    try {
      const builder = this.#open();
      for (const collection of this.#missing()) this.#read(collection);
      const counts = builder.finish();
      return { file: await compressed(this.folder, this.#path), counts };
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Closes and removes what is there. */
  abandon(): void {
    this.#builder?.abandon();
    this.#builder = null;
  }

  #open(): IndexBuilder {
    return (this.#builder ??= new IndexBuilder(this.#path));
  }

  /** Classes stand between users and enrolments. */
  #beginEnrollments(): void {
    this.#early = this.#done.has('users') && this.#done.has('classes') ? 'enrollments' : 'users only';
    if (this.#early === 'enrollments') this.#read('classes');
  }

  #missing(): Indexed[] {
    return IN_ORDER.filter((collection) => {
      switch (collection) {
        case 'users': return this.#early === 'no';
        case 'classes': case 'enrollments': return this.#early !== 'enrollments';
        default: return true;
      }
    });
  }

  #read(collection: Indexed): void {
    if (!this.#done.has(collection)) return;
    const builder = this.#open();
    for (const bytes of linesOfFile(linesPath(this.folder, collection))) {
      const line = bytes.toString('utf8');
      const { record } = normalize(collection, this.settings.kind, JSON.parse(line), this.settings.validation);
      if (record !== null) add(builder, collection, record, line);
    }
  }
}

function add(builder: IndexBuilder, collection: Indexed, record: NormalRecord, line: string): void {
  switch (collection) {
    case 'orgs': return builder.addOrg(record as NormalRecords['orgs']);
    case 'courses': return builder.addCourse(record as NormalRecords['courses']);
    case 'users': {
      const user = record as NormalRecords['users'];
      return builder.addUser(user, datasetsOf(user), line);
    }
    case 'classes': return builder.addClass(record as NormalRecords['classes'], line);
    case 'enrollments': return builder.addEnrollment(record as NormalRecords['enrollments']);
  }
}

async function compressed(folder: string, path: string): Promise<BuiltFile> {
  const part = new PartFile(folder, INDEX_NAME);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    part.bytes(chunk as Buffer);
    await part.drained();
  }
  await rm(path);
  return part.finish(null);
}
