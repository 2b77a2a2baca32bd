import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOfCause } from './database-errors.js';

/** Another living process has this data folder. */
export class DataFolderInUse extends Error {
  constructor(readonly folder: string) {
    super(`The data folder ${folder} is in use by another Lastgood process. Stop it first, or give this one a folder of its own with LASTGOOD_DATA_DIR.`);
    this.name = 'DataFolderInUse';
  }
}

/** The data folder, or a file in it, is not what it must be. */
export class DataFolderUnusable extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'DataFolderUnusable';
  }
}

export interface DataFolderLock {
  release(): void;
}

/** A lock must outlive its caller's interest in it: a database that nothing refers to is closed by the garbage collector. */
const held = new Set<DatabaseSync>();

/**
 * Makes the folder (0700) and takes it for this process alone: an exclusive transaction on its `lock.db`, held until `release` or
 * any death of the process. Throws `DataFolderInUse`, or `DataFolderUnusable` where nothing can be written.
 */
export function lockDataFolder(folder: string): DataFolderLock {
  const lock = openLock(folder);
  try {
    // With its journal in memory the lock needs no room on the disk.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw new DataFolderInUse(folder);
    throw new DataFolderUnusable(`The data folder ${folder} cannot be taken (${error instanceof Error ? error.message : 'unknown error'}). Look whether the disk is full and whether this user may write there.`, error);
  }
  held.add(lock);
  return {
    release: () => {
      held.delete(lock);
      lock.close();
    },
  };
}

function openLock(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  } catch (error) {
    throw new DataFolderUnusable(`Nothing can be kept in ${folder} (${codeOfCause(error)}). Let LASTGOOD_DATA_DIR name a folder that this user may write to.`, error);
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
