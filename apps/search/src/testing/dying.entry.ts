import { existsSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { ThreadTask } from '../reading/thread-messages.js';

const ONCE = 'die once ';

/** The thread that reads indexes, but it ends when it is asked for `die`, and for `die once FILE` unless there is such a file, which it makes. */
parentPort?.addEventListener('message', (event) => {
  const asked = (event as unknown as { data: ThreadTask[] }).data.flatMap((task) => ('question' in task && task.question.kind === 'page' ? [task.question.query.q] : []));
  const files = asked.filter((q) => q.startsWith(ONCE)).map((q) => q.slice(ONCE.length)).filter((file) => !existsSync(file));
  if (files.length === 0 && !asked.includes('die')) return;
  // An error ends the thread only when every listener was called.
  event.stopImmediatePropagation();
  for (const file of files) writeFileSync(file, '');
  throw new Error('the thread ends');
});
await import('../reading/reading.entry.js');
