import { describeWithServer, startS3, type S3Make } from '@lastgood/test-servers';
import fc from 'fast-check';
import { S3ObjectStore } from './s3-object-store.js';
import { firstDifference, operations } from './suite-model.js';

for (const make of ['minio', 'versitygw'] satisfies S3Make[]) {
  await describeWithServer(`S3 on ${make} beside a plain map`, () => startS3({ make }), (server) => {
    test('P17 every ObjectStore passes the same suite: a bucket answers any operations as a plain map would, from two clients at once', async () => {
      const open = (): Promise<S3ObjectStore> => S3ObjectStore.open({ ...server, bucket: `${server.bucketPrefix}model` });
      const stores = [await open(), await open()] as const;
      let cases = 0;
      await fc.assert(
        fc.asyncProperty(operations, async (list) => {
          expect(await firstDifference(stores, `case-${cases += 1}/`, list, { keysUnderKeys: 'not-tried' })).toBeNull();
        }),
        { numRuns: 100 },
      );
      await Promise.all(stores.map((store) => store.close()));
    }, 300_000);
  });
}
