import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
};

/** One file of the built page, as it goes over HTTP. */
export interface PageFile {
  type: string;
  etag: string;
  bytes: Buffer;
  gzip: Buffer;
  /** True when the name holds a hash of the content. */
  immutable: boolean;
}

/** The built page by path, as `/assets/index-1a2b.js`; empty when it was not built. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Reads the page that `vite build apps/web` wrote; all of it is well below a megabyte. */
export function readPage(folder: string = builtPage()): PageFiles {
  if (!existsSync(join(folder, 'index.html'))) return new Map();
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(names.flatMap((name): [string, PageFile][] => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    const path = `/${relative(folder, name).split(sep).join('/')}`;
    const bytes = readFileSync(name);
    return [[path, { type, bytes, gzip: gzipSync(bytes, { level: 9 }), etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`, immutable: path.startsWith('/assets/') }]];
  }));
}

function builtPage(): string {
  return fileURLToPath(new URL('.', import.meta.resolve('@lastgood/web/page/index.html')));
}
