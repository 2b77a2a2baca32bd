import type { ToldRunLogLine } from '@lastgood/contracts';
import type { DatabaseMediumUnderTest } from '@lastgood/database/suite';
import { writerMigrations } from '../tables.js';
import { sampleDistrict } from '../testing/sample-district.js';
import { until, WriterKit } from '../testing/writer-kit.js';

const ALL = { level: 'info', q: '', limit: 200 } as const;
const RUN = 'a'.repeat(26);
const DAY_MS = 86_400_000;

/** How the log lines of runs are kept, on any database. Call it in a spec file with how to open an empty one. */
export function runLinesSuite(name: string, medium?: () => Promise<DatabaseMediumUnderTest>): void {
  describe(`P17 every catalogue adapter passes the same suite: log lines of runs on ${name}`, () => {
    let kit: WriterKit;
    beforeEach(async () => {
      kit = await WriterKit.open({ medium });
    });
    afterEach(() => kit.close());

    const tell = (lines: readonly Partial<ToldRunLogLine>[], first = 0): Promise<void> => kit.writer.lines.told({
      ...kit.place, run: RUN, epoch: 1,
      lines: lines.map((line, index) => ({ at: new Date(kit.clock.now() + first + index).toISOString(), level: 'info', message: `line ${first + index}`, fields: {}, number: first + index, ...line })),
    });
    const read = async (query: { level?: 'info' | 'warn' | 'error'; q?: string; limit?: number; cursor?: string } = {}) => kit.writer.lines.read(RUN, { ...ALL, ...query });

    test('what the writer logs of a run can be read with it, oldest first, without what the run itself tells', async () => {
      kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
      const { id } = await kit.refresh();
      const lines = await until(async () => {
        const { items } = await kit.writer.lines.read(id, ALL);
        return items.some(({ message }) => message === 'The run ended.') ? items : null;
      });
      expect(lines[0]).toMatchObject({ level: 'info', by: 'writer', message: 'The run started.', fields: { epoch: 1, via: 'http' } });
      const phases = lines.flatMap(({ fields }) => ('phase' in fields ? [[fields['phase'], fields['snapshot']]] : []));
      // The end of a small pull may be told before its progress.
      expect(phases.filter(([phase]) => phase !== 'fetching')).toEqual([['building', undefined], ['checking', expect.any(String)], ['publishing', expect.any(String)]]);
      expect(lines.flatMap(({ fields }) => Object.keys(fields))).not.toContain('run');
      expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted());
    });

    test('what a fetcher tells twice is kept once', async () => {
      await tell([{ message: 'one' }, { message: 'two', level: 'warn', fields: { rows: 3, cause: null } }]);
      await tell([{ message: 'one' }, { message: 'two', level: 'warn', fields: { rows: 3, cause: null } }]);
      expect((await read()).items).toMatchObject([{ message: 'one', by: 'fetcher', fields: {} }, { message: 'two', level: 'warn', fields: { rows: 3, cause: null } }]);
    });

    test('what is told again beside something new does not keep the new from being kept', async () => {
      await tell([{ message: 'one' }]);
      await tell([{ message: 'one' }, { message: 'two' }]);
      expect((await read()).items.map(({ message }) => message)).toEqual(['one', 'two']);
    });

    test('what a fetcher tells while the database refuses is left out without an error, and what comes after it is kept', async () => {
      // Until its tables are prepared a database refuses as one that is away.
      const preparing = kit.database.migrate('writer', writerMigrations);
      await tell([{ message: 'one' }, { message: 'two' }]);
      await preparing;
      await tell([{ message: 'three' }], 2);
      expect((await read()).items.map(({ message }) => message)).toEqual(['three']);
      expect(kit.log.lines).toContainEqual({ level: 'debug', message: 'Lines that a fetcher told were not kept.', fields: { run: RUN, lines: 2, code: 'tables_not_ready' } });
    });

    test('lines are found by level, by text in message or fields, and page by page', async () => {
      await tell([{}, { level: 'warn', message: 'Read anew', fields: { collection: 'users' } }, { level: 'error', message: '100% broken_' }, {}, {}]);
      expect((await read({ level: 'warn' })).items).toHaveLength(2);
      expect((await read({ level: 'error' })).items.map(({ message }) => message)).toEqual(['100% broken_']);
      for (const q of ['USERS', 'read a', 'collection=users']) expect((await read({ q })).items.map(({ message }) => message)).toEqual(['Read anew']);
      for (const q of ['%', '_']) expect((await read({ q })).items).toHaveLength(1);
      const first = await read({ limit: 2 });
      const second = await read({ limit: 3, cursor: first.nextCursor ?? '' });
      expect([...first.items, ...second.items]).toEqual((await read()).items);
      expect(second.nextCursor).toBeNull();
      await expect(read({ cursor: 'bm90aGluZw' })).rejects.toMatchObject({ code: 'invalid_cursor' });
    });

    test('a run keeps its newest 2,000 lines, for 30 days', async () => {
      for (let first = 0; first < 2_040; first += 20) await tell(Array.from({ length: 20 }, () => ({})), first);
      let cursor: string | null = '';
      const messages: string[] = [];
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof read>> = await read({ limit: 500, ...(cursor !== '' && { cursor }) });
        messages.push(...page.items.map(({ message }) => message));
        cursor = page.nextCursor;
      }
      expect([messages.length, messages[0], messages.at(-1)]).toEqual([2_000, 'line 40', 'line 2039']);
      kit.clock.advance(29 * DAY_MS);
      await kit.writer.lines.forgetOld();
      expect((await read({ limit: 1 })).items).toHaveLength(1);
      kit.clock.advance(2 * DAY_MS);
      await kit.writer.lines.forgetOld();
      expect((await read()).items).toEqual([]);
    });
  });
}
