import { statfs } from 'node:fs/promises';

const LITTLE_BYTES = 16 * 1024 * 1024;

/** Null while the disk of this folder has 16 MB left or more, else how much it has, in words. Rejects when the folder is not there. */
export async function diskTrouble(folder: string): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder);
  const leftMb = (bavail * bsize) / 1024 / 1024;
  return bavail * bsize >= LITTLE_BYTES ? null : `the disk of LASTGOOD_DATA_DIR has ${leftMb < 1 ? 'less than 1' : Math.floor(leftMb)} MB left: refreshes fail and cannot always be told so; reads go on. Free some`;
}
