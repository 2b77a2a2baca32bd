import { Collection, type CollectionProgress, type PageListReference } from '@lastgood/contracts';

const STATES: readonly CollectionProgress['state'][] = ['waiting', 'fetching', 'fetched', 'missing'];

/**
 * What is known after two messages of one epoch's pull: the further one of every collection. In whatever order messages come, and however often, the
 * outcome is the same (commutative, associative, idempotent).
 */
export function mergeTold(one: readonly CollectionProgress[], other: readonly CollectionProgress[]): CollectionProgress[] {
  return Collection.options.flatMap((name) => {
    const [a, b] = [one, other].map((told) => told.find(({ collection }) => collection === name));
    if (a === undefined || b === undefined) return a ?? b ?? [];
    return isFurther(b, a) ? b : a;
  });
}

/** How far every collection is: what was told, and once everything is fetched the page lists, which are final, whatever progress is still under way. */
export function finished(told: readonly CollectionProgress[], pageLists: readonly PageListReference[]): CollectionProgress[] {
  if (pageLists.length === 0) return [...told];
  return pageLists.map(({ collection, rows }) => {
    const known = told.find((each) => each.collection === collection) ?? { collection, pages: 0, toldTotal: null, duplicates: 0, calls: 0, retries: 0, restarts: 0, evidence: null };
    return { ...known, state: 'state' in known && known.state === 'missing' ? 'missing' : 'fetched', records: rows };
  });
}

/** The collection that is being pulled, or was last; null before the first. */
export function currentOf(told: readonly CollectionProgress[]): Collection | null {
  return told.findLast(({ state }) => state !== 'waiting')?.collection ?? null;
}

/** A total order in which everything that one pull tells of a collection ascends: pages and records fall only when it is read anew, calls never. */
function isFurther(one: CollectionProgress, than: CollectionProgress): boolean {
  const steps = (told: CollectionProgress): number[] => [STATES.indexOf(told.state), told.calls, told.restarts, told.pages, told.records];
  const before = steps(than);
  const difference = steps(one).map((step, index) => step - (before[index] ?? 0)).find((each) => each !== 0);
  return difference === undefined ? restOf(one) > restOf(than) : difference > 0;
}

/** Decides between messages that are equally far, the same way in any order. */
function restOf({ toldTotal, duplicates, retries, evidence }: CollectionProgress): string {
  return JSON.stringify([toldTotal, duplicates, retries, evidence]);
}
