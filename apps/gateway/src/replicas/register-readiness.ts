import type { Readiness } from '@lastgood/service-runtime';
import type { ReplicaSet } from './replica-set.js';

/** Enters the replicas of search and writer in `/readyz`: each that is away by its address. Reads stop only when every search is away. */
export function registerReadiness(readiness: Readiness, search: ReplicaSet, writer: ReplicaSet): void {
  readiness.register('search', async () => {
    const { all, away } = await search.troubles();
    return all > away.length ? null : (search.lookUpTrouble ?? `all of ${all} are away: ${away.join('; ')}`);
  }, { neededForReads: true });
  readiness.register('search replicas', () => awayOf(search));
  readiness.register('writer', () => awayOf(writer));
}

async function awayOf(replicas: ReplicaSet): Promise<string | null> {
  const { all, away } = await replicas.troubles();
  if (away.length > 0) return `${away.length} of ${all} are away: ${away.join('; ')}`;
  return replicas.lookUpTrouble;
}
