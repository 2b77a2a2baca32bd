import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Collection, NormalRecord, NormalRecords } from '@lastgood/contracts';
import { IndexBuilder, type IndexCounts } from '@lastgood/index-file';
import { datasetsOf, normalize } from '@lastgood/sources';
import type { BuildSettings, BuiltFile } from './build-types.js';
import { linesPath } from './ingest-collection.js';
import { linesOfFile } from './line-files.js';
import { PartFile } from './part-file.js';

/** Logical name of the search index in a snapshot. */
export const INDEX_NAME = 'index.sqlite';

/** What the index is to be built from: a build's folder of ordered lines. */
export interface IndexTask {
  folder: string;
  settings: BuildSettings;
  collections: readonly Collection[];
}

export interface BuiltIndex {
  file: BuiltFile;
  counts: IndexCounts;
}

const IN_ORDER = ['orgs', 'courses', 'users', 'classes', 'enrollments'] as const;

/** Builds the search index and compresses it. Records that do not fit the schema are left out: then writing the datasets refuses the build. */
export async function writeIndex({ folder, settings, collections }: IndexTask): Promise<BuiltIndex> {
  const path = join(folder, INDEX_NAME);
  const builder = new IndexBuilder(path);
  try {
    for (const collection of IN_ORDER) {
      if (!collections.includes(collection)) continue;
      for (const bytes of linesOfFile(linesPath(folder, collection))) {
        const line = bytes.toString('utf8');
        const { record } = normalize(collection, settings.kind, JSON.parse(line), settings.validation);
        if (record !== null) add(builder, collection, record, line);
      }
    }
    const counts = builder.finish();
    return { file: await compressed(folder, path), counts };
  } catch (error) {
    builder.abandon();
    throw error;
  }
}

function add(builder: IndexBuilder, collection: (typeof IN_ORDER)[number], record: NormalRecord, line: string): void {
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
