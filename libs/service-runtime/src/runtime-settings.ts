import { isBrokerAddress } from '@lastgood/event-bus';
import { z } from 'zod';
import { addressesIn } from './service-addresses.js';

const port = z.coerce.number().int().min(0).max(65_535);
const HttpUrl = z.url({ protocol: /^https?$/ }).max(1024);
const HttpUrls = z.string().max(4096).refine((text) => addressesIn(text) !== null, 'is not 1 to 32 addresses of the form http://host:port, separated by commas');
const secret = { secret: true };

/** The variables that every process reads, whichever services it runs. */
export const RuntimeSettings = z.object({
  PORT: port.default(8080).describe('Port of the gateway: the HTTP API. 0 takes a free one.'),
  LASTGOOD_HOST: z.string().min(1).max(255).default('127.0.0.1').describe('Address the gateway listens on; `0.0.0.0` for every interface.'),
  LASTGOOD_TRUSTED_PROXIES: z.string().regex(/^[0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*$/, 'is not a list of addresses or networks, separated by commas').max(1024).optional().describe('Addresses or networks of the proxies before the gateway, as `10.0.0.5,10.1.0.0/16`: what their X-Forwarded-For and X-Forwarded-Proto say is believed. Without it every client behind a proxy counts as one address.'),
  LASTGOOD_FETCHER_PORT: port.optional().describe('Port of the fetcher. All in one: a free port when absent; alone: 8081.'),
  LASTGOOD_WRITER_PORT: port.optional().describe('Port of the writer. All in one: a free port when absent; alone: 8082.'),
  LASTGOOD_SEARCH_PORT: port.optional().describe('Port of the search service. All in one: a free port when absent; alone: 8083.'),
  LASTGOOD_DATA_DIR: z.string().min(1).max(4096).default('./data').describe('Folder for everything this process keeps on disk. One folder belongs to one process.'),
  LASTGOOD_CONFIG: z.string().min(1).max(4096).optional().describe('Path of `lastgood.yaml` with the districts and sources. Without it there are none.'),
  LASTGOOD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level of log lines that are written.'),
  LASTGOOD_SHUTDOWN_SECONDS: z.coerce.number().int().min(1).max(600).default(20).describe('How long a stop waits for work under way.'),
  LASTGOOD_S3_ENDPOINT: HttpUrl.optional().describe('S3-compatible server, as `https://host:port`. Fetcher, writer and search in processes of their own need it; all in one: snapshots are files in the data folder when absent.'),
  LASTGOOD_S3_BUCKET: z.string().min(3).max(63).optional().describe('Bucket; needed with LASTGOOD_S3_ENDPOINT.'),
  LASTGOOD_S3_REGION: z.string().min(1).max(64).default('us-east-1').describe('Region of the bucket.'),
  LASTGOOD_S3_ACCESS_KEY: z.string().min(1).max(512).optional().describe('Access key; needed with LASTGOOD_S3_ENDPOINT.').meta(secret),
  LASTGOOD_S3_SECRET_KEY: z.string().min(1).max(512).optional().describe('Secret key; needed with LASTGOOD_S3_ENDPOINT.').meta(secret),
  LASTGOOD_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).max(2048).optional().describe('PostgreSQL 15 or newer, as `postgres://user:password@host:port/database?sslmode=verify-full`, with % escapes in the password. Gateway, fetcher and writer in processes of their own need it; all in one: an SQLite file in the data folder when absent.').meta(secret),
  LASTGOOD_DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(100).default(10).describe('Connections to PostgreSQL that one process opens at most. Count them together: every gateway and every writer has its own.'),
  LASTGOOD_BROKER_URL: z.string().max(2048).refine(isBrokerAddress, 'is not of the form amqp://user:password@host:port/vhost (or amqps://...)').optional().describe('RabbitMQ 3.10 or newer, as `amqp://user:password@host:port/vhost` (`amqps://` for TLS), with % escapes in the password. Services in processes of their own need it; all in one: events stay in the process when absent. docs/BROKER.md shows what is made on it.').meta(secret),
  LASTGOOD_INTERNAL_TOKEN: z.string().min(32).max(512).optional().describe('Opens the internal routes between services; the same for all of them, 32 characters or more. All in one: a random one per start when absent.').meta(secret),
  LASTGOOD_WRITER_URL: HttpUrls.optional().describe('Where the gateway finds the writers, when they run elsewhere: addresses as `http://host:port`, separated by commas. Each address of a host name is a replica; names are looked up anew every 5 s.'),
  LASTGOOD_SEARCH_URL: HttpUrls.optional().describe('Where the gateway finds the search services, when they run elsewhere; as LASTGOOD_WRITER_URL. Every gateway must be given the same list.'),
  LASTGOOD_FETCHER_URL: HttpUrls.optional().describe('Where the gateway finds the fetchers, when they run elsewhere; as LASTGOOD_WRITER_URL. Needed only where a source allows live look-ups.'),
  LASTGOOD_CRASH_FOLDER: z.string().min(1).max(4096).optional().describe('For tests only: a folder in which another process arms places where this one stands still until it is killed.'),
});
export type RuntimeSettings = z.infer<typeof RuntimeSettings>;
