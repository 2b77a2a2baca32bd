import { containersAreWanted, givenS3, imageOf, serversAreRequired } from './settings.js';

test('the address of an S3 server is taken from the environment', () => {
  const given = givenS3({
    LASTGOOD_TEST_S3_ENDPOINT: 'http://127.0.0.1:9000',
    LASTGOOD_TEST_S3_ACCESS_KEY: 'access',
    LASTGOOD_TEST_S3_SECRET_KEY: 'secret',
  });
  expect(given).toEqual({ endpoint: 'http://127.0.0.1:9000', region: 'us-east-1', accessKey: 'access', secretKey: 'secret' });
  expect(givenS3({})).toBeUndefined();
});

test('an address without credentials is refused with the names of the missing settings', () => {
  expect(() => givenS3({ LASTGOOD_TEST_S3_ENDPOINT: 'http://127.0.0.1:9000' })).toThrow(/LASTGOOD_TEST_S3_ACCESS_KEY and LASTGOOD_TEST_S3_SECRET_KEY/);
});

test('an image can be replaced by the environment', () => {
  expect(imageOf('minio', { LASTGOOD_TEST_MINIO_IMAGE: 'mirror.test/minio:1' })).toBe('mirror.test/minio:1');
  expect(imageOf('versitygw', {})).toMatch(/versitygw:v/);
});

test('a missing server fails in CI and is skipped elsewhere', () => {
  expect(serversAreRequired({ CI: 'true' })).toBe(true);
  expect(serversAreRequired({})).toBe(false);
});

test('containers are tried first unless programs are asked for', () => {
  expect(containersAreWanted({})).toBe(true);
  expect(containersAreWanted({ LASTGOOD_TEST_SERVERS: 'programs' })).toBe(false);
});
