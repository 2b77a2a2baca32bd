import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from './settings.js';

const run = promisify(execFile);

/** Full path of an executable in `folders` (PATH unless told) or among the programs that `go install` built, or undefined. */
export async function findProgram(name: string, folders = searchPath()): Promise<string | undefined> {
  const goFolders = [join(homedir(), 'go', 'bin'), ...(await goBinFolders())];
  for (const folder of [...folders, ...goFolders]) {
    const file = join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function goBinFolders(): Promise<string[]> {
  try {
    const { stdout } = await run('go', ['env', 'GOBIN', 'GOPATH'], { timeout: 10_000 });
    const [bin = '', path = ''] = stdout.split('\n').map((line) => line.trim());
    return [bin, ...path.split(':').filter((folder) => folder !== '').map((folder) => join(folder, 'bin'))].filter((folder) => folder !== '');
  } catch {
    return [];
  }
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
