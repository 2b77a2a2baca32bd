import { link, open } from 'node:fs/promises';

/** The calls whose failures tests must be able to bring about (a full disk, a file system without links). */
export interface Medium {
  open: typeof open;
  link: typeof link;
}

export const fileSystem: Medium = { open, link };
