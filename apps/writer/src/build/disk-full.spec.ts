import { readdirSync } from 'node:fs';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, WriterKit } from '../testing/writer-kit.js';
import { InlineThread } from './build-thread.js';
import type { OpenThread } from './build-session.js';

/** The store, but something happens before each of its writes. */
function beforeWrites(store: ObjectStore, happens: (key: string) => void): ObjectStore {
  return new Proxy(store, {
    get: (of, name) => {
      const member: unknown = Reflect.get(of, name, of);
      if (typeof member !== 'function' || (name !== 'write' && name !== 'create')) return typeof member === 'function' ? (member.bind(of) as unknown) : member;
      return async (...values: unknown[]): Promise<unknown> => {
        happens(String(values[0]));
        return Reflect.apply(member, of, values) as unknown;
      };
    },
  });
}

/** A store that takes only so many parts of attempts. */
class FilledStore {
  room = Number.POSITIVE_INFINITY;

  around(store: ObjectStore): ObjectStore {
    return beforeWrites(store, (key) => {
      if (key.startsWith('snapshots/') && --this.room < 0) throw new ObjectStoreError('full', 'no space is left');
    });
  }
}

test.each([0, 1, 5, 13])('a bucket that is full after %i parts fails the run with the reason, publishes nothing, and the next run works', async (room) => {
  const filled = new FilledStore();
  const kit = await WriterKit.open({ districts: districtsWith({ schedule: 'off' }), environment: { WRITER_RETRY_MINUTES: '' }, store: (store) => filled.around(store) });
  const { orgs, users } = sampleDistrict({ students: 4 });
  kit.fetcher.plan = { records: { orgs: orgs ?? [], users: users ?? [] } };
  const first = await kit.refresh();
  filled.room = room;
  const failed = await kit.refresh();
  expect(failed.phase).toBe('failed');
  expect(JSON.parse(failed.failure ?? '')).toMatchObject({ code: 'store_full', retryable: true });
  expect((await kit.logState()).current?.snapshot).toBe(first.snapshot);
  filled.room = Number.POSITIVE_INFINITY;
  const next = await kit.refresh();
  expect(next.phase).toBe('published');
  expect((await kit.logState()).current?.snapshot).toBe(next.snapshot);
  await kit.close();
}, 300_000);

test.each(['page', 'index'])('a local disk that is full at `%s` fails the run with the reason, publishes nothing, and the next run works', async (at) => {
  let full = true;
  let root = '';
  const leftAtRecords: string[][] = [];
  const store = (of: ObjectStore): ObjectStore => beforeWrites(of, (key) => {
    if (key.startsWith('log/')) leftAtRecords.push(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/builds/')));
  });
  const openThread: OpenThread = (role) => {
    const thread = new InlineThread(role);
    return {
      ask: async <Answer>(ask: unknown): Promise<Answer> => {
        if (full && typeof ask === 'object' && ask !== null && 'do' in ask && ask.do === at) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return thread.ask<Answer>(ask);
      },
      terminate: () => thread.terminate(),
    };
  };
  const kit = await WriterKit.open({ districts: districtsWith({ schedule: 'off' }), environment: { WRITER_RETRY_MINUTES: '' }, openThread, store });
  ({ root } = kit);
  kit.fetcher.plan = { records: sampleDistrict({ students: 4 }) };
  const failed = await kit.refresh();
  expect(failed.phase).toBe('failed');
  expect(JSON.parse(failed.failure ?? '')).toMatchObject({ code: 'disk_full', retryable: true });
  // What was built made room before the end of the run was recorded.
  expect(leftAtRecords.at(-1)).toEqual([]);
  expect((await kit.logState()).current).toBeNull();
  full = false;
  expect((await kit.refresh()).phase).toBe('published');
  await kit.close();
}, 300_000);
