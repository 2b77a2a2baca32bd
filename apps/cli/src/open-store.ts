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
  const endpoint = variable(environment, 'LASTGOOD_S3_ENDPOINT');
  if (folder === undefined && endpoint !== undefined) {
    return S3ObjectStore.open({
      endpoint,
      bucket: needed(environment, 'LASTGOOD_S3_BUCKET'),
      region: variable(environment, 'LASTGOOD_S3_REGION') ?? 'us-east-1',
      accessKey: needed(environment, 'LASTGOOD_S3_ACCESS_KEY'),
      secretKey: needed(environment, 'LASTGOOD_S3_SECRET_KEY'),
    });
  }
  const root = resolve(folder ?? join(variable(environment, 'LASTGOOD_DATA_DIR') ?? './data', 'store'));
  if (!existsSync(root)) throw new CommandError(EXIT.notFound, `There is no store in ${root}. Name its folder with --store, or set LASTGOOD_DATA_DIR or LASTGOOD_S3_ENDPOINT.`);
  return DirectoryObjectStore.open({ root, now });
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

function needed(environment: Environment, name: string): string {
  const value = variable(environment, name);
  if (value === undefined) throw new CommandError(EXIT.usage, `${name} is not set; it is needed with LASTGOOD_S3_ENDPOINT.`);
  return value;
}
