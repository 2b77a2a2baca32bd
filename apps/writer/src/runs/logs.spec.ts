import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { SystemClock } from '@lastgood/service-runtime';
import { Logs } from './logs.js';
import { IdMaker } from './new-id.js';

test('a log stays open while it is used, and the number of open logs does not grow with the districts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-logs-'));
  try {
    const clock = new SystemClock();
    const logs = new Logs(await DirectoryObjectStore.open({ root: folder }), clock, new IdMaker(clock, randomBytes));
    const often = logs.of({ district: 'often', source: 'sis' });
    const once = logs.of({ district: 'once', source: 'sis' });
    for (let district = 0; district < 1000; district += 1) {
      logs.of({ district: `district-${district}`, source: 'sis' });
      expect(logs.of({ district: 'often', source: 'sis' })).toBe(often);
    }
    expect(logs.of({ district: 'once', source: 'sis' })).not.toBe(once);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
