import { buffer } from 'node:stream/consumers';
import { SearchCsvQuery, SearchQuery, SnapshotsQuery } from '@lastgood/contracts';
import fc, { type GeneratorValue } from 'fast-check';
import { ANY_AGE } from '../at-least.js';
import type { Search } from '../search.js';

/** One way to read, with arguments that are drawn. */
export interface Read {
  name: string;
  of(search: Search, district: string, snapshot: string, draw: GeneratorValue): Promise<unknown>;
}

const DATASETS = ['students', 'parents', 'classes'] as const;
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const words = fc.oneof(fc.string({ maxLength: 8, unit: 'grapheme' }), fc.integer({ min: 0, max: 60 }).map((index) => `name${index}`));
const asked = { q: words, source: maybe(fc.constant('sis')), school: maybe(fc.string({ minLength: 1, maxLength: 4 })), grade: maybe(fc.constantFrom('1', '12')), role: maybe(fc.constantFrom('student', 'guardian')) };
const searched = fc.record({ ...asked, similar: fc.constantFrom('auto', 'true', 'false'), limit: fc.integer({ min: 1, max: 200 }) });
const listed = fc.record({ source: asked.source, status: maybe(fc.constantFrom('complete', 'partial', 'quarantined', 'failed')), from: maybe(fc.constant('2026-11-01')), limit: fc.integer({ min: 1, max: 200 }) });
const sourcedId = fc.integer({ min: 0, max: 60 }).map((index) => `s${index}`);
const known = maybe(fc.constantFrom('"unknown"', '*'));

/** Options that were not drawn are left out, as in a query. */
const given = (query: object): object => JSON.parse(JSON.stringify(query)) as object;

const readData = (dataset: (typeof DATASETS)[number]): Read[] => [
  { name: `search of ${dataset}`, of: (search, district, _, draw) => search.data.search(district, dataset, SearchQuery.parse(given(draw(() => searched))), draw(() => known)) },
  { name: `detail of ${dataset}`, of: (search, district, _, draw) => search.data.detail(district, dataset, draw(() => sourcedId), draw(() => asked.source), undefined, ANY_AGE, draw(fc.boolean)) },
  {
    name: `CSV of ${dataset}`,
    of: async (search, district, _, draw) => buffer((await search.csvs.of(district, dataset, SearchCsvQuery.parse(given(draw(() => fc.record(asked)))), ANY_AGE)).content),
  },
];

/** Every way in which search can be read; the snapshot is a published one of source `sis`. */
export const READS: readonly Read[] = [
  ...DATASETS.flatMap(readData),
  { name: 'filters', of: (search, district, _, draw) => search.data.filters(district, draw(() => asked.source), draw(() => known)) },
  { name: 'status', of: (search, district) => search.snapshots.status(district) },
  { name: 'published', of: (search, district) => search.snapshots.published(district, 'sis') },
  { name: 'list', of: (search, district, _, draw) => search.snapshots.list(district, SnapshotsQuery.parse(given(draw(() => listed)))) },
  { name: 'validators of a list', of: (search, district, _, draw) => search.snapshots.listValidators(district, SnapshotsQuery.parse(given(draw(() => listed)))) },
  { name: 'one snapshot', of: (search, district, snapshot, draw) => search.snapshots.detail(district, draw(fc.constantFrom, 'latest', 'latest-good', snapshot), draw(() => asked.source)) },
  { name: 'validators of one snapshot', of: (search, district, snapshot, draw) => search.snapshots.detailValidators(district, draw(fc.constantFrom, 'latest', 'latest-good', snapshot), draw(() => asked.source)) },
  {
    name: 'file',
    of: async (search, district, snapshot, draw) => {
      const file = await search.snapshots.file(district, draw(fc.constantFrom, 'latest', 'latest-good', snapshot), draw(fc.constantFrom, 'students.csv', 'nothing.csv'), draw(() => asked.source));
      return buffer(await file.open());
    },
  },
  { name: 'preview', of: (search, district, snapshot, draw) => search.previews.of(district, snapshot, { samples: draw(fc.boolean) }, ANY_AGE) },
];
