import { appendFileSync } from 'node:fs';

/** Appends one JSON line of counts per jest run to the file that `npm test` names; it adds them up. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.LASTGOOD_TEST_COUNTS;
    if (!file) return;
    appendFileSync(file, JSON.stringify({
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests,
      folder: process.cwd(),
    }) + '\n');
  }
}
