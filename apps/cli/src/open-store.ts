import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DirectoryObjectStore, S3ObjectStore, type ObjectStore } from '@lastgood/object-store';
import { CommandError, EXIT } from './exit-codes.js';

type Environment = Record<string, string | undefined>;

/**
 * The bucket to look at: a folder when one is named, else what the environment says, in the words of the services: `LASTGOOD_S3_ENDPOINT` and so on,
 * or the folder `store` in `LASTGOOD_DATA_DIR` (./data).
 */
export async function openStore(folder: string | undefined, environment: Environment, now: () => number): Promise<ObjectStore> {
  if (folder === undefined && variable(environment, 'LASTGOOD_S3_ENDPOINT') !== undefined) return openBucket('LASTGOOD_S3', environment);
  const root = storeFolder(folder, environment);
  if (!existsSync(root)) throw new CommandError(EXIT.notFound, `There is no store in ${root}. Name its folder with --store, or set LASTGOOD_DATA_DIR or LASTGOOD_S3_ENDPOINT.`);
  return DirectoryObjectStore.open({ root, now });
}

/** As `openStore`, but a folder that is not there is made. */
export async function makeStore(folder: string | undefined, environment: Environment, now: () => number): Promise<ObjectStore> {
  if (folder === undefined && variable(environment, 'LASTGOOD_S3_ENDPOINT') !== undefined) return openBucket('LASTGOOD_S3', environment);
  return DirectoryObjectStore.open({ root: storeFolder(folder, environment), now });
}

/** Where a backup is: a folder when one is named, else the bucket of `LASTGOOD_BACKUP_S3_ENDPOINT` and so on. Only `make` makes a folder. */
export async function openBackup(folder: string | undefined, { make }: { make: boolean }, environment: Environment, now: () => number): Promise<ObjectStore> {
  if (folder === undefined) {
    if (variable(environment, 'LASTGOOD_BACKUP_S3_ENDPOINT') === undefined) throw new CommandError(EXIT.usage, 'Name the folder of the backup, or set LASTGOOD_BACKUP_S3_ENDPOINT, _BUCKET, _ACCESS_KEY and _SECRET_KEY.');
    return openBucket('LASTGOOD_BACKUP_S3', environment);
  }
  const root = resolve(folder);
  if (!make && !existsSync(root)) throw new CommandError(EXIT.notFound, `There is no backup in ${root}.`);
  return DirectoryObjectStore.open({ root, now });
}

function storeFolder(folder: string | undefined, environment: Environment): string {
  return resolve(folder ?? join(variable(environment, 'LASTGOOD_DATA_DIR') ?? './data', 'store'));
}

/** The bucket that the variables with this beginning name. */
function openBucket(prefix: 'LASTGOOD_S3' | 'LASTGOOD_BACKUP_S3', environment: Environment): Promise<ObjectStore> {
  const needed = (name: string): string => {
    const value = variable(environment, `${prefix}_${name}`);
    if (value === undefined) throw new CommandError(EXIT.usage, `${prefix}_${name} is not set; it is needed with ${prefix}_ENDPOINT.`);
    return value;
  };
  return S3ObjectStore.open({
    endpoint: needed('ENDPOINT'), bucket: needed('BUCKET'), region: variable(environment, `${prefix}_REGION`) ?? 'us-east-1', accessKey: needed('ACCESS_KEY'), secretKey: needed('SECRET_KEY'),
  });
}

/** The value of `X`, or the content of the file that `X_FILE` names. */
export function variable(environment: Environment, name: string): string | undefined {
  const file = environment[`${name}_FILE`];
  if (!file) return environment[name] || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new CommandError(EXIT.usage, `${name}_FILE names a file that cannot be read.`);
  }
}
