import type { S3Make } from './s3-server.js';

export interface S3Credentials {
  region: string;
  accessKey: string;
  secretKey: string;
  /** With it (32 bytes as base64) the server encrypts everything on its disk; minio only. */
  encryptionKey?: string;
}

/** How one make of S3 server is started, as a program or as a container. */
export interface S3Program {
  region: string;
  /** Path of a request that is answered with 200 once the server is ready, or undefined when any answer will do. */
  healthPath: string | undefined;
  environment(credentials: S3Credentials): Record<string, string>;
  arguments(address: string, folder: string): string[];
}

export const s3Programs: Record<S3Make, S3Program> = {
  minio: {
    region: 'eu-central-1',
    healthPath: '/minio/health/ready',
    environment: ({ region, accessKey, secretKey, encryptionKey }) => ({
      ...(encryptionKey !== undefined && { MINIO_KMS_SECRET_KEY: `test:${encryptionKey}`, MINIO_KMS_AUTO_ENCRYPTION: 'on' }),
      MINIO_ROOT_USER: accessKey,
      MINIO_ROOT_PASSWORD: secretKey,
      MINIO_SITE_REGION: region,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    }),
    arguments: (address, folder) => ['server', '--quiet', '--address', address, folder],
  },
  versitygw: {
    region: 'us-east-1',
    healthPath: undefined,
    environment: ({ region, accessKey, secretKey }) => ({
      ROOT_ACCESS_KEY: accessKey,
      ROOT_SECRET_KEY: secretKey,
      VGW_REGION: region,
    }),
    arguments: (address, folder) => ['--port', address, '--keep-alive', '--quiet', 'posix', folder],
  },
};
