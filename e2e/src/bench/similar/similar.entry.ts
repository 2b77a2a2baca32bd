import { statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { IndexBuilder, IndexReader, QueryWords } from '@lastgood/index-file';
import { benchDistrict } from '../render-pages.js';
import { PeopleOfManyNames } from './similar-people.js';
import { similarQueries } from './similar-queries.js';
import type { SimilarFigures, SimilarTimes } from './similar.js';

/** Parts of three letters or more are those that the most names have. */
const ASKED = [...[1, 2, 3, 6].map((words) => ({ words, partShare: 1 / 3 })), { words: 6, partShare: 1 }];
const QUERIES = 300;
const WARM_UP = 20;
const SEED = 20_260_103;
const LIMIT = 20;

/** A process of its own: builds an index of so many people and asks it what resembles. Arguments: people, folder. Says `SimilarFigures` on one line. */
const [count = '', folder = ''] = process.argv.slice(2);
const people = new PeopleOfManyNames(benchDistrict(Number(count)));
const file = join(folder, 'similar.sqlite');
const built = performance.now();
build();
const buildSeconds = (performance.now() - built) / 1000;
const words = new QueryWords();
const reader = new IndexReader(file, { words });
const firstMs = asked('mispelt');
const times = ASKED.map(timesOf);
process.stdout.write(`${JSON.stringify({ people: people.count, fileBytes: statSync(file).size, buildSeconds, firstMs, times } satisfies SimilarFigures)}\n`);
reader.close();
words.close();
process.stdin.destroy();

function build(): void {
  const builder = new IndexBuilder(file);
  for (let place = 0; place < people.count; place++) {
    const user = people.at(place);
    builder.addUser(user, ['students'], JSON.stringify({ sourcedId: user.sourcedId }));
  }
  builder.finish();
}

function timesOf({ words: wordsAsked, partShare }: (typeof ASKED)[number]): SimilarTimes {
  const queries = similarQueries(people, { words: wordsAsked, partShare, count: QUERIES + WARM_UP, seed: SEED + wordsAsked });
  const milliseconds = queries.map(asked).slice(WARM_UP).sort((a, b) => a - b);
  const part = (of: number): number => milliseconds[Math.min(QUERIES - 1, Math.floor(QUERIES * of))] as number;
  return { words: wordsAsked, partsAlone: partShare === 1, p50Ms: part(0.5), p99Ms: part(0.99), mostMs: part(1) };
}

function asked(q: string): number {
  const start = performance.now();
  reader.search('students', { q, similar: 'true', limit: LIMIT, after: 0 });
  return performance.now() - start;
}
