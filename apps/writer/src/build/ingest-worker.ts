import type { Collection, LandedPage } from '@lastgood/contracts';
import type { BuildSettings } from './build-types.js';
import { CollectionIngest } from './ingest-collection.js';
import { PeopleWriter } from './people.js';
import { IndexWriter } from './write-index.js';

/** What the ingest worker is started with. */
export interface IngestData {
  folder: string;
  settings: BuildSettings;
}

/** What the ingest worker is asked: collections one after the other, each by its pages, the first of them perhaps `ahead` of the page list (answered with LandedPage); `people` once after the users, `teachers` after the enrolments, `index` at the end. */
export type IngestAsk =
  | { do: 'page'; collection: Collection; page: LandedPage; bytes: Uint8Array }
  | { do: 'ahead'; collection: Collection; page: Pick<LandedPage, 'key' | 'offset'>; bytes: Uint8Array }
  | { do: 'finish'; collection: Collection }
  | { do: 'people' }
  | { do: 'teachers' }
  | { do: 'index' };
export type CollectionAnswer = { rows: number; duplicates: number };

/** What the ingest worker does. */
export function ingestHandler({ folder, settings }: IngestData): { answer(ask: unknown): unknown; close(): void } {
  const people = new PeopleWriter(folder);
  const index = new IndexWriter(folder, settings);
  const open = new Map<Collection, CollectionIngest>();
  const ingestOf = (collection: Collection): CollectionIngest => {
    const ingest = open.get(collection) ?? new CollectionIngest(folder, collection, settings, people, index);
    open.set(collection, ingest);
    return ingest;
  };
  const finish = (collection: Collection): CollectionAnswer => {
    const answer = ingestOf(collection).finish();
    open.delete(collection);
    return answer;
  };
  return {
    answer: (question) => {
      const ask = question as IngestAsk;
      switch (ask.do) {
        case 'page': return ingestOf(ask.collection).addPage(ask.page, ask.bytes);
        case 'ahead': return ingestOf(ask.collection).addAhead(ask.page, ask.bytes);
        case 'finish': return finish(ask.collection);
        case 'people': return people.finishUsers();
        case 'teachers': return people.finishTeachers();
        case 'index': return index.finish();
      }
    },
    close: () => {
      for (const ingest of open.values()) ingest.abandon();
      people.abandon();
      index.abandon();
    },
  };
}
