import { ObjectStore, ObjectStoreError } from './object-store.js';

/**
 * Whether a store keeps the promises that the commit protocol stands on; `reason` names the one that failed. `retryable`: it was only out of reach. `denied`: it knows these
 * credentials not, or does not let them do what is needed.
 */
export type StoreProbe = { ok: true } | { ok: false; reason: string; retryable: boolean; denied?: true };

/**
 * Tries the promises on keys under `probe/`: two creates have one winner, later creates change nothing, read, stat and list see a key at
 * once, a missing or deleted key reads as missing. `random` gives a fresh id of key characters. Leaves nothing behind.
 */
export async function probeStore(store: ObjectStore, random: () => string): Promise<StoreProbe> {
  const folder = `probe/${random()}/`;
  const keys = { missing: `${folder}missing`, raced: `${folder}raced` };
  try {
    const reason = (await missingIsMissing(store, keys.missing)) ?? (await oneWinner(store, keys.raced)) ?? (await listsAtOnce(store, folder, keys.raced));
    if (reason !== undefined) return { ok: false, reason, retryable: false };
    await store.delete(keys.raced);
    const left = await missingIsMissing(store, keys.raced);
    return left === undefined ? { ok: true } : { ok: false, reason: `after its deletion ${left}`, retryable: false };
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    if (error.kind === 'denied') return { ok: false, reason: `the store refuses the credentials, or what they ask for: ${error.message}`, retryable: false, denied: true };
    return { ok: false, reason: `the store failed while it was probed: ${error.message}`, retryable: error.retryable };
  } finally {
    for (const key of Object.values(keys)) await store.delete(key).catch(() => undefined);
  }
}

async function missingIsMissing(store: ObjectStore, key: string): Promise<string | undefined> {
  if ((await store.stat(key)) !== null) return 'a missing key has a size';
  try {
    await store.read(key);
  } catch (error) {
    if (error instanceof ObjectStoreError && error.kind === 'not-found') return undefined;
    throw error;
  }
  return 'a missing key can be read';
}

async function oneWinner(store: ObjectStore, key: string): Promise<string | undefined> {
  const bodies = [Buffer.from('first writer'), Buffer.from('second')];
  const answers = await Promise.all(bodies.map((bytes) => store.create(key, bytes)));
  const winner = bodies[answers.indexOf('created')];
  if (!winner || answers.filter((answer) => answer === 'created').length !== 1) {
    return `two creates of one key had ${winner ? 'two winners' : 'no winner'}: the store ignores If-None-Match`;
  }
  if (!winner.equals(await store.read(key))) return 'a key does not read as its winner wrote it';
  if ((await store.create(key, Buffer.from('a later writer'))) !== 'exists') return 'a key could be created again: the store ignores If-None-Match';
  if (!winner.equals(await store.read(key))) return 'a later create changed the bytes of a key';
  const seen = await store.stat(key);
  return seen?.size === winner.length ? undefined : 'a key just created has no size, or a wrong one';
}

async function listsAtOnce(store: ObjectStore, folder: string, key: string): Promise<string | undefined> {
  const listed: string[] = [];
  for await (const info of store.list(folder)) listed.push(info.key);
  return listed.length === 1 && listed[0] === key ? undefined : 'a list right after a create does not show the key';
}
