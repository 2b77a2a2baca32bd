import { parentPort, workerData } from 'node:worker_threads';
import { compareIndexes } from '@lastgood/index-file';
import { isIndexDamage } from '../index-damage.js';
import type { ComparisonOutcome } from './compare-in-thread.js';

/** Compares the two files it is started with and says how it went. */
function outcome(): ComparisonOutcome {
  try {
    return { comparison: compareIndexes(workerData as { base: string | null; next: string }) };
  } catch (error) {
    if (!isIndexDamage(error)) throw error;
    return { damaged: error instanceof Error ? error.message : 'damaged' };
  }
}

parentPort?.postMessage(outcome());
