import { describeWithServer, startS3, type S3Make, type S3Server } from '@lastgood/test-servers';
import { Client } from 'minio';
import { objectStoreSuite } from './object-store-suite.js';
import { S3ObjectStore } from './s3-object-store.js';

const openSuite = (server: S3Server): Promise<S3ObjectStore> => S3ObjectStore.open({ ...server, bucket: `${server.bucketPrefix}suite` });

for (const make of ['minio', 'versitygw'] satisfies S3Make[]) {
  await describeWithServer(`S3 on ${make}`, () => startS3({ make }), (server) => {
    objectStoreSuite(make, () => openSuite(server));
  });
}

await describeWithServer('S3 on minio that encrypts at rest', () => startS3({ make: 'minio', encrypts: true }), (server) => {
  objectStoreSuite('what is encrypted', () => openSuite(server));

  test('every object is stored encrypted, without the client asking for it', async () => {
    // A server given by address may do as it likes.
    if (server.from === 'address') return;
    const bucket = `${server.bucketPrefix}encrypted`;
    const store = await S3ObjectStore.open({ ...server, bucket });
    await store.create('records', Buffer.from('of a person'));
    const { hostname, port } = new URL(server.endpoint);
    const { metaData } = await new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey: server.accessKey, secretKey: server.secretKey, region: server.region }).statObject(bucket, 'records');
    expect(metaData).toMatchObject({ 'x-amz-server-side-encryption': 'aws:kms' });
    await store.close();
  });
});
