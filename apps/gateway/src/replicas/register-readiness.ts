import type { Readiness } from '@lastgood/service-runtime';
import type { ReplicaSet } from './replica-set.js';

/** Enters the replicas of search, writer and, where known, fetcher in `/readyz`: each that is away by its address, and what troubles the others. Reads stop only when every search is away. */
export function registerReadiness(readiness: Readiness, search: ReplicaSet, writer: ReplicaSet, fetcher: ReplicaSet | null = null): void {
  readiness.register('search', async () => {
    const { all, away } = await search.troubles();
    return all > away.length ? null : (search.lookUpTrouble ?? `all of ${all} are away: ${away.join('; ')}`);
  }, { neededForReads: true, variable: 'LASTGOOD_SEARCH_URL' });
  readiness.register('search replicas', () => troubleOf(search, 'LASTGOOD_SEARCH_URL'));
  readiness.register('writer', () => troubleOf(writer, 'LASTGOOD_WRITER_URL'));
  if (fetcher) readiness.register('fetcher', () => troubleOf(fetcher, 'LASTGOOD_FETCHER_URL'));
}

async function troubleOf(replicas: ReplicaSet, variable: string): Promise<string | null> {
  const { all, away, inside } = await replicas.troubles();
  const words = [...(away.length > 0 ? [`${away.length} of ${all} are away: ${away.join('; ')}; ${variable} says where they are`] : []), ...inside];
  return words.length > 0 ? words.join('; ') : replicas.lookUpTrouble;
}
