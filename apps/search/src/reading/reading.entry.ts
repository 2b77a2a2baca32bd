import { parentPort, workerData } from 'node:worker_threads';
import { failureOf, OpenReaders } from './open-readers.js';
import { TextBytes } from './text-bytes.js';
import type { Outcome, ThreadAnswers, ThreadTask } from './thread-messages.js';

/** Answers go back when so much work is done, also when the message holds more: whoever waits for the first need not wait for all. */
const WORTH_A_MESSAGE_MS = 1;

const { cacheBytes } = workerData as { cacheBytes: number };
const readers = new OpenReaders(cacheBytes);
const texts = new TextBytes();

/** Outcomes that wait to be sent, each with the index it was read from. */
let done: { outcome: Outcome; index: number }[] = [];

function answer(tasks: readonly ThreadTask[]): void {
  let sent = performance.now();
  for (const task of tasks) {
    const start = performance.now();
    if (start - sent > WORTH_A_MESSAGE_MS) {
      send(false);
      sent = start;
    }
    if ('close' in task) {
      // What was read from it is looked at before it is gone.
      send(false);
      readers.close(task.close);
    } else if ('reopen' in task) readers.reopen(task.reopen);
    else if ('open' in task) done.push({ outcome: opened(task.id, task.open), index: task.open.index });
    else done.push({ outcome: answered(task, start), index: task.index });
  }
  send(true);
}

function opened(id: number, file: Extract<ThreadTask, { open: object }>['open']): Outcome {
  try {
    readers.open(file);
    return { id, figures: { rows: 0, similar: 0, next: null, value: 0, capped: false }, text: null, changed: false, seconds: 0 };
  } catch (error) {
    return { id, failed: failureOf(error, false), error };
  }
}

function answered({ id, index, question }: Extract<ThreadTask, { question: object }>, start: number): Outcome {
  try {
    const { figures, text } = readers.answer(index, question);
    return { id, figures, text: text === null ? null : texts.add(text), changed: false, seconds: (performance.now() - start) / 1000 };
  } catch (error) {
    return { id, failed: failureOf(error, readers.wasChanged(index)), error };
  }
}

/** An answer counts only when the file was still the checked one after it was read: one look for all that was read from it since the last. */
function send(last: boolean): void {
  if (done.length === 0 && !last) return;
  const changed = new Map<number, boolean>();
  for (const { outcome, index } of done) {
    if ('failed' in outcome) continue;
    let is = changed.get(index);
    if (is === undefined) changed.set(index, (is = readers.wasChanged(index)));
    outcome.changed = is;
  }
  const answers: ThreadAnswers = { outcomes: done.map(({ outcome }) => outcome), bytes: texts.taken(), last };
  done = [];
  parentPort?.postMessage(answers, [answers.bytes]);
}

parentPort?.on('message', answer);
