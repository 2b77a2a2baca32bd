import { readLogNumbers } from '@lastgood/contracts';
import fc from 'fast-check';
import { SeenLogs } from './seen-logs.js';

describe('what clients have seen of logs', () => {
  test('is the newest number of each source, per client and district', () => {
    const seen = fc.array(fc.tuple(fc.constantFrom('k1', 'k2'), fc.constantFrom('oak', 'elm'), fc.constantFrom('sis', 'one', 'two'), fc.integer({ min: 1, max: 99 })), { maxLength: 60 });
    fc.assert(fc.property(seen, (answers) => {
      const logs = new SeenLogs();
      const model = new Map<string, number>();
      for (const [client, district, source, number] of answers) {
        logs.saw(client, district, `${source}=${number}`);
        const key = `${client}/${district}/${source}`;
        model.set(key, Math.max(number, model.get(key) ?? 0));
        expect(readLogNumbers(logs.atLeast(client, district) ?? '')?.get(source)).toBe(model.get(key));
      }
    }));
  });

  test('is forgotten for what was used least recently, and nothing else', () => {
    const logs = new SeenLogs(2);
    logs.saw('a', 'oak', 'sis=1');
    logs.saw('b', 'oak', 'sis=2');
    logs.atLeast('a', 'oak');
    logs.saw('c', 'oak', 'sis=3, other=4');
    expect(['a', 'b', 'c'].map((client) => logs.atLeast(client, 'oak'))).toEqual(['sis=1', undefined, 'sis=3, other=4']);
  });

  test('is not changed by a header that cannot be read', () => {
    const logs = new SeenLogs();
    logs.saw('a', 'oak', 'sis=7');
    for (const text of ['', 'sis', 'sis=0', 'sis=-1', 'sis=1e9', 'SIS=9', `sis=${'9'.repeat(20)}`, 'x'.repeat(5_000)]) logs.saw('a', 'oak', text);
    expect(logs.atLeast('a', 'oak')).toBe('sis=7');
  });
});
