import type { S3Make } from './s3-server.js';

/** The one place that names images; each may be overridden by the environment (a mirror, a digest). */
const images: Record<S3Make | 'postgres' | 'rabbitmq', string> = {
  minio: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
  versitygw: 'ghcr.io/versity/versitygw:v1.8.0',
  postgres: 'docker.io/library/postgres:17.6',
  rabbitmq: 'docker.io/library/rabbitmq:4.2',
};

export interface S3Address {
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
}

/** `LASTGOOD_TEST_MINIO_IMAGE` and the like, else the pinned image. */
export function imageOf(make: keyof typeof images, environment: NodeJS.ProcessEnv = process.env): string {
  return environment[`LASTGOOD_TEST_${make.toUpperCase()}_IMAGE`] ?? images[make];
}

/** The server named by `LASTGOOD_TEST_S3_ENDPOINT` with `_REGION`, `_ACCESS_KEY` and `_SECRET_KEY`, or undefined when none is named. */
export function givenS3(environment: NodeJS.ProcessEnv = process.env): S3Address | undefined {
  const endpoint = environment['LASTGOOD_TEST_S3_ENDPOINT'];
  if (!endpoint) return undefined;
  const accessKey = environment['LASTGOOD_TEST_S3_ACCESS_KEY'];
  const secretKey = environment['LASTGOOD_TEST_S3_SECRET_KEY'];
  if (!accessKey || !secretKey) {
    throw new Error('LASTGOOD_TEST_S3_ENDPOINT is set: set LASTGOOD_TEST_S3_ACCESS_KEY and LASTGOOD_TEST_S3_SECRET_KEY too');
  }
  return { endpoint, region: environment['LASTGOOD_TEST_S3_REGION'] ?? 'us-east-1', accessKey, secretKey };
}

/** `LASTGOOD_TEST_POSTGRES_URL`, of a user who may create databases, or undefined. */
export function givenPostgres(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment['LASTGOOD_TEST_POSTGRES_URL'] || undefined;
}

/** `LASTGOOD_TEST_RABBITMQ_URL`, of a user who may declare everything, or undefined. */
export function givenRabbit(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment['LASTGOOD_TEST_RABBITMQ_URL'] || undefined;
}

/** False with `LASTGOOD_TEST_SERVERS=programs`: where no registry of images answers, programs are at hand and pulling is a waste of time. */
export function containersAreWanted(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment['LASTGOOD_TEST_SERVERS'] !== 'programs';
}

/** In CI a missing server is a failure, elsewhere a loud skip. */
export function serversAreRequired(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment['CI'] === 'true';
}

/** The folders of PATH, in order. */
export function searchPath(environment: NodeJS.ProcessEnv = process.env): string[] {
  return (environment['PATH'] ?? '').split(':').filter((folder) => folder !== '');
}
