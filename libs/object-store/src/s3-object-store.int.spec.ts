import { describeWithServer, startS3, type S3Make } from '@lastgood/test-servers';
import { objectStoreSuite } from './object-store-suite.js';
import { S3ObjectStore } from './s3-object-store.js';

for (const make of ['minio', 'versitygw'] satisfies S3Make[]) {
  await describeWithServer(`S3 on ${make}`, () => startS3({ make }), (server) => {
    objectStoreSuite(make, () => S3ObjectStore.open({ ...server, bucket: `${server.bucketPrefix}suite` }));
  });
}
