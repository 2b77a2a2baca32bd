import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GeneratedDistrict } from './district/generated-district.js';
import { renderPage } from './oneroster/pages.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('paging through 200,000 people keeps the memory flat', () => {
  const roster = new GeneratedDistrict({ districtId: 'large', seed: 3, people: 200_000, night: 0 });
  const limit = 5000;
  let most = 0;
  let bytes = 0;
  const read = (from: number, to: number): void => {
    for (let offset = from; offset < to; offset += limit) {
      bytes += renderPage({ roster, version: '1.1', collection: 'users', offset, limit, baseUrl: 'http://a' }).length;
      if (offset % 25_000 !== 0) continue;
      collectGarbage();
      most = Math.max(most, process.memoryUsage().heapUsed);
    }
  };
  read(0, 50_000);
  const early = most;
  const start = performance.now();
  read(50_000, 200_000);
  const perSecond = Math.round((150_000 / (performance.now() - start)) * 1000);
  process.stdout.write(`live generation: ${perSecond} users/s, ${Math.round(bytes / 200_000)} bytes each\n`);
  expect(most).toBeLessThan(early + 8 * 1024 * 1024);
});
