import { AUDIT_ANCHORS } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';

async function anchorKeys(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(AUDIT_ANCHORS)) keys.push(key);
  return keys;
}

/** Key of the first anchor of the audit trail that says something else in the target than in the source; null when there is none. */
export async function otherAnchor(from: ObjectStore, to: ObjectStore): Promise<string | null> {
  const there = new Set(await anchorKeys(to));
  for (const key of await anchorKeys(from)) if (there.has(key) && !(await to.read(key)).equals(await from.read(key))) return key;
  return null;
}

/** Copies the anchors that the target lacks and gives how many: by them the audit trail of a restored database is checked. */
export async function copyAnchors(from: ObjectStore, to: ObjectStore): Promise<number> {
  const there = new Set(await anchorKeys(to));
  let copied = 0;
  for (const key of await anchorKeys(from)) if (!there.has(key) && await to.create(key, await from.read(key)) === 'created') copied += 1;
  return copied;
}
