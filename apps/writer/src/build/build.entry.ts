import { workerData } from 'node:worker_threads';
import { ingestInWorker, type IngestData } from './ingest-worker.js';
import { writeDatasets, type DatasetsTask } from './write-datasets.js';
import { writeIndex, type IndexTask } from './write-index.js';
import { answerQuestions } from './worker-thread.js';

/** Which part of a build this thread does. */
export type ThreadRole = { role: 'ingest' } & IngestData | { role: 'datasets' } | { role: 'index' };

const data = workerData as ThreadRole;
switch (data.role) {
  case 'ingest': ingestInWorker(data); break;
  case 'datasets': answerQuestions<DatasetsTask>(writeDatasets); break;
  case 'index': answerQuestions<IndexTask>(writeIndex); break;
}
