import { ingestHandler, type IngestData } from './ingest-worker.js';
import { BuildError, type BuildThread } from './build-types.js';
import { datasetsHandler, type DatasetsData } from './write-datasets.js';
import { diskFull, isDiskFull, type RoleHandler } from './worker-thread.js';

/** Which part of a build a thread does. */
export type ThreadRole = { role: 'ingest' } & IngestData | { role: 'datasets' } & DatasetsData;

/** What a thread of this role does with a question. */
export function handlerOf(role: ThreadRole): RoleHandler {
  switch (role.role) {
    case 'ingest': return ingestHandler(role);
    case 'datasets': return datasetsHandler(role);
  }
}

/** Does a role in the calling thread: for small builds in tests, where starting threads would take longer than the work. */
export class InlineThread implements BuildThread {
  readonly #handler: RoleHandler;
  #before: Promise<unknown> = Promise.resolve();

  constructor(role: ThreadRole) {
    this.#handler = handlerOf(role);
  }

  ask<Answer>(ask: unknown): Promise<Answer> {
    const answer = this.#before.then(() => this.#handler.answer(ask) as Answer).catch((error: unknown) => {
      throw isDiskFull(error) ? new BuildError(diskFull()) : error;
    });
    this.#before = answer.catch(() => undefined);
    return answer;
  }

  async terminate(): Promise<void> {
    await this.#before;
    this.#handler.close();
  }
}
