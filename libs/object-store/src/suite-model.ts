import { Readable } from 'node:stream';
import fc from 'fast-check';
import { type ObjectStore, ObjectStoreError } from './object-store.js';

/** What of the contract depends on the medium. */
export interface ModelRules {
  /** Whether `a` and `a/b` can both be keys: a directory refuses it as `invalid`. Servers of S3 differ, and no key of ours needs it, so it is not tried there. */
  keysUnderKeys: 'refused' | 'not-tried';
}

const segment = fc.constantFrom('a', 'b', 'A', 'a.b', 'a-b', '_', '=', '0', '10', '9', '..a', 'z'.repeat(60));
const plainKey = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
const badKey = fc.constantFrom('', '/', 'a//b', '/a', 'a/', '.', 'a/../b', '..', 'a b', 'ä', 'a\\b', 'a\u0000', 'a%2fb', `${'x'.repeat(520)}`);
const key = fc.oneof({ arbitrary: plainKey, weight: 12 }, { arbitrary: badKey, weight: 1 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
/** One of the stores that are open on the same medium. */
const via = fc.nat(1);

const operation = fc.oneof(
  { arbitrary: fc.record({ op: fc.constant('create'), via, key, bytes }), weight: 5 },
  { arbitrary: fc.record({ op: fc.constant('write'), via, key, pieces: fc.array(bytes, { maxLength: 4 }), breaks: fc.constantFrom(false, false, false, true) }), weight: 4 },
  { arbitrary: fc.record({ op: fc.constant('read'), via, key, maxBytes: fc.option(fc.nat(60), { nil: undefined }) }), weight: 4 },
  { arbitrary: fc.record({ op: fc.constant('stream'), via, key, start: fc.nat(70), length: fc.nat(70) }), weight: 2 },
  { arbitrary: fc.record({ op: fc.constant('stat'), via, key }), weight: 2 },
  { arbitrary: fc.record({ op: fc.constant('list'), via, prefix: fc.option(plainKey, { nil: undefined }), after: fc.option(plainKey, { nil: undefined }) }), weight: 3 },
  { arbitrary: fc.record({ op: fc.constant('delete'), via, key }), weight: 3 },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Operations in any order over few keys, so that they meet. */
export const operations = fc.array(operation, { minLength: 5, maxLength: 40 });

const refused = (kind: string): string => `refused as ${kind}`;
const broken = new Error('the source broke');

/** A map that does what the port promises, without a line of any adapter. */
class ModelStore {
  readonly #objects = new Map<string, Buffer>();

  /** Every answer that is right; the first one unless the port leaves it open. */
  answers(one: Operation): unknown[] {
    if (one.op !== 'write' || !one.breaks || !isKey(one.key)) return [this.#answer(one)];
    // Whether the key is taken may be noticed before or after the body fails.
    if (this.#objects.has(one.key)) return ['the source broke', 'exists'];
    return this.inTheWay(one.key) ? ['the source broke', refused('invalid')] : ['the source broke'];
  }

  #answer(one: Operation): unknown {
    if (one.op === 'list') return this.#list(one.prefix, one.after);
    if (!isKey(one.key)) return refused('invalid');
    const there = this.#objects.get(one.key);
    switch (one.op) {
      case 'create': return this.#put(one.key, one.bytes);
      case 'write': return this.#put(one.key, Buffer.concat(one.pieces));
      case 'read':
        if (there === undefined) return refused('not-found');
        return one.maxBytes !== undefined && there.length > one.maxBytes ? refused('invalid') : there.toString('hex');
      case 'stream': return there === undefined ? refused('not-found') : there.subarray(one.start, one.start + one.length).toString('hex');
      case 'stat': return there === undefined ? null : { key: one.key, size: there.length };
      case 'delete': return void this.#objects.delete(one.key);
    }
  }

  #put(name: string, body: Buffer): string {
    if (this.#objects.has(name)) return 'exists';
    if (this.inTheWay(name)) return refused('invalid');
    this.#objects.set(name, body);
    return 'created';
  }

  /** Whether another key is a folder of this one, or this one of another. */
  inTheWay(name: string): boolean {
    return [...this.#objects.keys()].some((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`));
  }

  #list(prefix: string | undefined, after: string | undefined): { key: string; size: number }[] {
    return [...this.#objects].filter(([name]) => (prefix === undefined || name.startsWith(`${prefix}/`)) && (after === undefined || name > after))
      .map(([name, { length }]) => ({ key: name, size: length })).sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

function isKey(name: string): boolean {
  return name.length <= 400 && name.split('/').every((part) => /^[A-Za-z0-9._=-]+$/.test(part) && part !== '.' && part !== '..');
}

/** A store below a folder of its own, so that every case begins with nothing. */
async function ask(store: ObjectStore, folder: string, one: Operation): Promise<unknown> {
  switch (one.op) {
    case 'create': return store.create(folder + one.key, one.bytes);
    case 'write': return store.write(folder + one.key, Readable.from(pieces(one), { objectMode: true }));
    case 'read': return (await store.read(folder + one.key, one.maxBytes)).toString('hex');
    case 'stream': return (await wholeOf(await store.stream(folder + one.key, { start: one.start, end: one.start + one.length }))).toString('hex');
    case 'stat': {
      const found = await store.stat(folder + one.key);
      return found && { key: found.key.slice(folder.length), size: found.size };
    }
    case 'list': {
      const found: { key: string; size: number }[] = [];
      const prefix = one.prefix === undefined ? folder : `${folder}${one.prefix}/`;
      for await (const { key: name, size, modifiedMs } of store.list(prefix, one.after === undefined ? {} : { after: folder + one.after })) {
        if (!(modifiedMs > 0)) throw new Error(`${name} has no time of change`);
        found.push({ key: name.slice(folder.length), size });
      }
      return found;
    }
    case 'delete': return store.delete(folder + one.key);
  }
}

function* pieces(one: Extract<Operation, { op: 'write' }>): Generator<Buffer> {
  yield* one.pieces;
  if (one.breaks) throw broken;
}

async function wholeOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Does the operations one after the other on stores that share a medium, below `folder` (ends in `/`), and gives where the first differs from the model. */
export async function firstDifference(stores: readonly [ObjectStore, ObjectStore], folder: string, list: readonly Operation[], rules: ModelRules): Promise<{ at: number; operation: Operation; is: unknown; should: unknown[] } | null> {
  const model = new ModelStore();
  for (const [at, one] of list.entries()) {
    if (rules.keysUnderKeys === 'not-tried' && (one.op === 'create' || one.op === 'write') && model.inTheWay(one.key)) continue;
    const should = model.answers(one).map((answer) => JSON.stringify(answer));
    const is = await ask(stores[one.via === 0 ? 0 : 1], folder, one).catch((error: unknown) => {
      if (error instanceof ObjectStoreError) return refused(error.kind);
      if (error === broken) return 'the source broke';
      throw error;
    });
    if (!should.includes(JSON.stringify(is))) return { at, operation: one, is, should };
  }
  return null;
}
