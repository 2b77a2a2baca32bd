import { workerData } from 'node:worker_threads';
import { handlerOf, type ThreadRole } from './build-thread.js';
import { answerQuestions } from './worker-thread.js';

const handler = handlerOf(workerData as ThreadRole);
answerQuestions((ask) => handler.answer(ask));
