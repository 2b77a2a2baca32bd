import type { DatabaseMediumUnderTest } from '@lastgood/database/suite';
import { ServiceError } from '@lastgood/contracts';
import { ObjectStoreError } from '@lastgood/object-store';
import fc from 'fast-check';
import { districtWithTwoSources, manyDistricts, until, WriterKit } from '../testing/writer-kit.js';
import { MortalProcess } from '../testing/mortal.js';
import { sampleDistrict } from '../testing/sample-district.js';
import type { WriterTables } from '../tables.js';

const asker = { actor: 'key-2', via: 'cli' as const };
const request = { district: 'north', source: 'sis', asker };

/** How runs start, go on and end, on any database. Call it in a spec file with how to open an empty one. */
export function runsSuite(name: string, medium?: () => Promise<DatabaseMediumUnderTest>): void {
  describe(`P17 every catalogue adapter passes the same suite: runs on ${name}`, () => {
    let kit: WriterKit;
    beforeEach(async () => {
      kit = await WriterKit.open({ medium });
      kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
    });
    afterEach(() => kit.close());

    test('a second asker joins the active run and is told since when it runs and who started it', async () => {
      const first = await kit.ask();
      kit.clock.advance(5000);
      const { runs: [second] } = await kit.writer.requests.request(request);
      expect(second).toMatchObject({ joined: true, run: { id: first, requestedAt: '2026-09-01T12:00:00.000Z', asker: { actor: 'key-1', via: 'http' } } });
    });

    test('who joined is remembered when the writer dies before it answers, and the same key asked again is answered', async () => {
      const run = await kit.ask();
      const ask = { ...request, idempotencyKey: 'k' };
      const dying = await kit.beside({ process: new MortalProcess('run.joined') });
      await expect(dying.writer.requests.request(ask)).rejects.toThrow('This process was killed.');
      expect((await kit.writer.requests.request(ask)).runs).toMatchObject([{ joined: true, run: { id: run } }]);
      expect(await kit.writer.runs.hasJoined(run, asker.actor)).toBe(true);
      await dying.close();
    });

    test('a request that names no source joins the active run of one source and starts one of the other, in the order of the configuration', async () => {
      const active = await kit.ask();
      const both = await kit.beside({ districts: districtWithTwoSources('sis', 'annex') });
      const ask = () => both.writer.requests.request({ district: 'north', asker });
      const { runs } = await ask();
      expect(runs.map(({ run: { source }, joined }) => [source, joined])).toEqual([['sis', true], ['annex', false]]);
      expect(runs[0]?.run.id).toBe(active);
      expect((await ask()).runs.map(({ run: { id }, joined }) => [id, joined])).toEqual(runs.map(({ run: { id } }) => [id, true]));
      await both.close();
    });

    test('two writers asked at once start one run', async () => {
      const other = await kit.beside();
      await fc.assert(fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }), async (askers) => {
        const answers = await Promise.all(askers.map((mine) => (mine ? kit : other).writer.requests.request(request)));
        expect(new Set(answers.map(({ runs: [one] }) => one?.run.id)).size).toBe(1);
        expect(answers.filter(({ runs: [one] }) => one?.joined === false)).toHaveLength(1);
        await kit.writer.cancel(answers[0]?.runs[0]?.run.id ?? '', { asker });
      }), { numRuns: 20 });
      await other.close();
    });

    test('the same key gives the same run for 24 hours, another wish with it is refused', async () => {
      const ask = { ...request, idempotencyKey: 'k' };
      const first = await kit.writer.requests.request(ask);
      await kit.writer.cancel(first.runs[0]?.run.id ?? '', { asker });
      expect((await kit.writer.requests.request(ask)).runs[0]).toMatchObject({ joined: false, run: { id: first.runs[0]?.run.id, phase: 'cancelled' } });
      await expect(kit.writer.requests.request({ district: 'north', asker, idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'idempotency_key_reused' });
      kit.clock.advance(25 * 3_600_000);
      expect((await kit.writer.requests.request(ask)).runs[0]?.run.id).not.toBe(first.runs[0]?.run.id);
    });

    test('a flood of requests is refused from the most that may be under way on, with when to ask again; what runs can be joined, and nothing is lost', async () => {
      await kit.pause();
      const crowd = await kit.beside({ districts: manyDistricts(6, { schedule: 'off' }), environment: { WRITER_RUNS_AT_ONCE: '2' } });
      const ask = (number: number, via: 'cli' | 'schedule' = 'cli') => crowd.writer.requests.request({ district: `district-${number}`, source: 'sis', asker: { actor: 'key-2', via }, idempotencyKey: `wish ${number}` });
      const taken = [await ask(1), await ask(2), await ask(3), await ask(4)].map(({ runs: [one] }) => one?.run.id);
      await expect(ask(5)).rejects.toMatchObject({ kind: 'unavailable', code: 'too_many_runs', options: { retryAfterMs: 30_000 } });
      await expect(crowd.writer.requests.request({ district: 'district-5', asker })).rejects.toMatchObject({ code: 'too_many_runs' });
      expect((await ask(4)).runs[0]?.run.id).toBe(taken[3]);
      expect((await crowd.writer.requests.request({ district: 'district-1', source: 'sis', asker })).runs[0]).toMatchObject({ joined: true, run: { id: taken[0] } });
      // The schedule counts for itself what there is room for.
      expect((await ask(6, 'schedule')).runs[0]?.joined).toBe(false);
      await crowd.writer.cancel(taken[0] ?? '', { asker });
      await crowd.writer.cancel(taken[1] ?? '', { asker });
      expect((await ask(5)).runs[0]?.joined).toBe(false);
      await crowd.close();
    });

    test('a cancelled run says so once abort is in the log, and the fetcher is told', async () => {
      const run = await kit.ask();
      await kit.writer.cancel(run, { asker, reason: 'wrong night' });
      expect((await kit.logState()).runs.get(run)?.ended).toMatchObject({ kind: 'abort', outcome: 'cancelled', reason: 'wrong night', actor: 'key-2' });
      await until(() => (kit.fetcher.cancelled.length > 0 ? true : null));
      await expect(kit.writer.cancel(run, { asker })).rejects.toMatchObject({ code: 'run_ended' });
    });

    test('while the log cannot be written a cancelled run goes on saying stopping', async () => {
      const process = new MortalProcess();
      const other = await kit.beside({ process });
      const run = await other.ask();
      const plain = kit.store.create.bind(kit.store);
      kit.store.create = () => Promise.reject(new ObjectStoreError('unavailable', 'no answer', { retryable: false }));
      await other.writer.cancel(run, { asker }).catch(() => undefined);
      expect((await kit.writer.runs.get(run))?.phase).toBe('stopping');
      kit.store.create = plain;
      await kit.writer.reconciler.look();
      expect((await kit.writer.runs.get(run))?.phase).toBe('cancelled');
      await other.close();
    });

    test('a silent run is taken over by one of several writers, and what the older epoch says changes nothing', async () => {
      const run = await kit.ask();
      await until(() => (kit.fetcher.requests.length === 1 ? true : null));
      const [old] = kit.fetcher.requests;
      if (old === undefined) throw new Error('no request');
      await kit.writer.reconciler.look();
      expect((await kit.writer.runs.get(run))?.epochs).toBe(1);
      kit.clock.advance(61_000);
      const other = await kit.beside();
      await Promise.all([kit.writer.reconciler.look(), other.writer.reconciler.look()]);
      const row = await kit.writer.runs.get(run);
      expect(row?.epochs).toBe(2);
      expect(row?.epoch).toBeGreaterThan(old.epoch);
      await kit.writer.events.refreshFetched(kit.fetcher.fetched(old, await kit.fetcher.land(old, kit.fetcher.plan)));
      await kit.writer.events.fetchFailed({ ...kit.place, run, epoch: old.epoch, calls: 1, retries: 0, failure: { code: 'late', severity: 'error', message: 'late', collection: null, offset: null, httpStatus: null, count: 1, retryable: false } });
      expect((await kit.writer.runs.get(run))?.phase).toBe('requested');
      await other.close();
    });

    test('a fetcher that dies after its first collection is taken over like any other', async () => {
      const run = await kit.ask();
      const [old] = await until(() => (kit.fetcher.requests.length > 0 ? kit.fetcher.requests : null));
      if (old === undefined) throw new Error('no request');
      const [pageList] = await kit.fetcher.land(old, kit.fetcher.plan);
      if (pageList === undefined) throw new Error('nothing landed');
      await kit.writer.events.collectionFetched({ ...kit.place, run, epoch: old.epoch, pageList });
      await kit.writer.reconciler.look();
      expect((await kit.writer.runs.get(run))?.epochs).toBe(1);
      kit.clock.advance(61_000);
      await kit.writer.reconciler.look();
      const row = await kit.writer.runs.get(run);
      expect(row?.epochs).toBe(2);
      const next = await until(() => kit.fetcher.requests[1] ?? null);
      expect(next.epoch).toBeGreaterThan(old.epoch);
      await kit.writer.events.refreshFetched(kit.fetcher.fetched(next, await kit.fetcher.land(next, kit.fetcher.plan)));
      expect((await kit.ended(run)).snapshot).toBe(`${next.epoch}-${run}`);
    });

    test('a run that was taken over while it was built can no longer publish', async () => {
      const run = await kit.ask();
      const [old] = await until(() => (kit.fetcher.requests.length > 0 ? kit.fetcher.requests : null));
      if (old === undefined) throw new Error('no request');
      const write = kit.store.write.bind(kit.store);
      let taken = false;
      kit.store.write = async (key, body) => {
        if (!taken) {
          taken = true;
          await kit.database.kysely<{ runs: { id: string; alive_at: string } }>().updateTable('runs').set({ alive_at: '2026-01-01T00:00:00.000Z' }).where('id', '=', run).execute();
          await other.writer.reconciler.look();
        }
        return write(key, body);
      };
      const other = await kit.beside();
      await kit.writer.events.refreshFetched(kit.fetcher.fetched(old, await kit.fetcher.land(old, kit.fetcher.plan)));
      await kit.writer.builds.look();
      const state = await kit.logState();
      expect(state.current).toBeNull();
      expect(state.runs.get(run)).toMatchObject({ ended: null, begins: [old.epoch, old.epoch + 1] });
      const next = await until(() => kit.fetcher.requests[1] ?? null);
      await kit.writer.events.refreshFetched(kit.fetcher.fetched(next, await kit.fetcher.land(next, kit.fetcher.plan)));
      expect((await kit.ended(run)).snapshot).toBe(`${next.epoch}-${run}`);
      await other.close();
    });

    test('a failure that is told once the data is complete changes nothing: the run is built', async () => {
      const run = await kit.ask();
      const request = await until(() => kit.fetcher.requests[0] ?? null);
      const write = kit.store.write.bind(kit.store);
      const failure = { code: 'staging_conflict', severity: 'error' as const, message: 'A second pull.', collection: null, offset: null, httpStatus: null, count: 1, retryable: true };
      let phase: string | undefined;
      kit.store.write = async (key, body) => {
        phase ??= await kit.writer.events.fetchFailed({ ...kit.place, run, epoch: request.epoch, calls: 1, retries: 0, failure }).then(async () => (await kit.writer.runs.get(run))?.phase);
        return write(key, body);
      };
      await kit.writer.events.refreshFetched(kit.fetcher.fetched(request, await kit.fetcher.land(request, kit.fetcher.plan)));
      expect(await kit.ended(run)).toMatchObject({ phase: 'published', failure: null });
      expect(phase).toBe('publishing');
    });

    test('a run that takes longer than its limit fails, counted from its newest epoch', async () => {
      const run = await kit.ask();
      kit.clock.advance(29 * 60_000);
      await kit.writer.reconciler.look();
      kit.clock.advance(2 * 60_000);
      await kit.writer.reconciler.look();
      expect((await kit.writer.runs.get(run))?.phase).toBe('requested');
      kit.clock.advance(31 * 60_000);
      await kit.writer.reconciler.look();
      expect(JSON.parse((await kit.ended(run)).failure ?? '')).toMatchObject({ code: 'run_timed_out' });
    });

    test('progress is told at most twice a second, phases always', async () => {
      const run = await kit.ask();
      await until(() => (kit.fetcher.requests.length === 1 ? true : null));
      const epoch = kit.fetcher.requests[0]?.epoch ?? 0;
      for (let step = 1; step <= 40; step += 1) {
        kit.clock.advance(100);
        await kit.writer.events.progress({ ...kit.place, run, epoch, collection: 'users', collections: [{ collection: 'users', state: 'fetching', pages: step, records: step * 10, toldTotal: 1000, duplicates: 0, calls: step, retries: 0, restarts: 0, evidence: null }] });
      }
      const told = await until(() => (kit.changes.some(({ run: { progress } }) => progress.records >= 350) ? kit.changes.filter(({ run: { phase } }) => phase === 'fetching') : null));
      expect(told.length).toBeLessThanOrEqual(9);
      expect(await kit.writer.reader.get(run)).toMatchObject({ progress: { records: 400, expectedRecords: 1000, recordsPerSecond: 100, remainingSeconds: { low: expect.any(Number) as number } } });
    });

    test('an event that the broker did not take goes out later, and none is lost', async () => {
      const publish = kit.bus.publish.bind(kit.bus);
      kit.bus.publish = () => Promise.reject(new Error('the broker is away'));
      await kit.ask();
      kit.bus.publish = publish;
      expect(kit.fetcher.requests).toEqual([]);
      await kit.writer.outbox.drain();
      await until(() => (kit.fetcher.requests.length === 1 ? true : null));
    });

    test('events that can never be sent are set aside and do not hold up the others', async () => {
      const db = kit.database.kysely<WriterTables>();
      const bad = [
        { type: 'refresh.requested', data: '{"district":"north"}' }, { type: 'refresh.requested', data: '{' }, { type: 'never.heard.of', data: '{}' },
        { type: 'run.changed', data: JSON.stringify({ ...kit.place, run: 'x'.repeat(70_000) }) },
      ];
      await db.insertInto('outbox').values(bad.map((event, index) => ({ ...event, id: `0000000000000000000000000${index}`, sent_at: null, set_aside_at: null }))).execute();
      await kit.ask();
      await until(() => (kit.fetcher.requests.length === 1 ? true : null));
      const waiting = db.selectFrom('outbox').select('id').where('sent_at', 'is', null);
      expect(await waiting.where('set_aside_at', 'is not', null).execute()).toHaveLength(bad.length);
      expect(await waiting.where('set_aside_at', 'is', null).execute()).toEqual([]);
      expect(kit.log.lines.filter(({ level, message }) => level === 'error' && message.includes('set aside'))).toHaveLength(bad.length);
      kit.clock.advance(31 * 86_400_000);
      await kit.writer.outbox.forgetOld();
      expect(await waiting.execute()).toEqual([]);
    });

    test('an event that is too large for the bus is set aside', async () => {
      const publish = kit.bus.publish.bind(kit.bus);
      kit.bus.publish = (type, data) => (type === 'refresh.requested' ? Promise.reject(new ServiceError('invalid', 'event_too_large', 'too large')) : publish(type, data));
      const run = await kit.ask();
      await kit.writer.cancel(run, { asker });
      expect((await kit.ended(run)).phase).toBe('cancelled');
      await until(() => (kit.fetcher.cancelled.length === 1 ? true : null));
    });

    test('what a failed pull cost stands in its row and in the log', async () => {
      kit.fetcher.plan = { records: {}, failure: { code: 'upstream_unavailable', severity: 'error', message: 'The upstream answered 503.', collection: 'orgs', offset: 0, httpStatus: 503, count: 3, retryable: true } };
      const { id, stats } = await kit.refresh();
      expect(JSON.parse(stats ?? '')).toMatchObject({ calls: 1, retries: 0 });
      expect((await kit.logState()).runs.get(id)?.ended?.summary?.counts).toMatchObject({ api_calls: 1, retries: 0 });
    });
  });
}
