import { BenchProcess } from '../start-process.js';

/** Milliseconds that a search takes of the thread that reads, for queries of so many words. */
export interface SimilarTimes {
  words: number;
  /** All words are inner parts of names. */
  partsAlone: boolean;
  p50Ms: number;
  p99Ms: number;
  mostMs: number;
}

/** What was measured of an index made for this alone: not of the district that the other figures are about. */
export interface SimilarFigures {
  people: number;
  fileBytes: number;
  buildSeconds: number;
  /** The first search, which reads the list of names. */
  firstMs: number;
  times: SimilarTimes[];
}

/** Searches for what resembles, on an index of so many people with about 400,000 different name words for each million. */
export async function measureSimilar(people: number, folder: string): Promise<SimilarFigures> {
  const similar = new BenchProcess('similar/similar.entry', [String(people), folder]);
  try {
    return await similar.says<SimilarFigures>();
  } finally {
    await similar.end();
  }
}
