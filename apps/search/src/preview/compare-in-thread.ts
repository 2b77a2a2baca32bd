import { Worker } from 'node:worker_threads';
import { UnreadableIndexError, type IndexComparison } from '@lastgood/index-file';

/** What the thread says at its end; any other error ends it. */
export type ComparisonOutcome = { comparison: IndexComparison; damaged?: undefined } | { damaged: string };

const HEAP_MB = 128;
const YOUNG_MB = 16;

/** Compares two index files in a worker thread of bounded memory, so that searches go on meanwhile. Throws `UnreadableIndexError` for damaged files. */
export async function compareInThread(files: { base: string | null; next: string }, signal: AbortSignal): Promise<IndexComparison> {
  const worker = new Worker(new URL('./compare.entry.js', import.meta.url), { workerData: files, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB } });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop);
  try {
    const outcome = await new Promise<ComparisonOutcome>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject).once('exit', () => reject(new Error('the thread that compares two indexes ended early')));
    });
    if (outcome.damaged !== undefined) throw new UnreadableIndexError(outcome.damaged);
    return outcome.comparison;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
