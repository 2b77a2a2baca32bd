import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import yauzl from 'yauzl';

/** One line of a CSV file by its header's names. */
export type CsvLine = Readonly<Record<string, string>>;

/** The files of a OneRoster CSV package, wherever they lie. */
export interface CsvPackage {
  /** Names of the files at the root, such as `users.csv`. */
  readonly names: ReadonlySet<string>;
  /** The lines of a file in order; throws Error when it is absent or not CSV. */
  lines(name: string): AsyncIterable<CsvLine>;
  /** When a file was last written (ISO 8601, UTC). */
  writtenAt(name: string): string;
  close(): void;
}

const mostBytesOfLine = 1_048_576;

function parsed(input: Readable): AsyncIterable<CsvLine> {
  const parser = parse({ columns: true, bom: true, relax_column_count: true, skip_empty_lines: true, max_record_size: mostBytesOfLine });
  input.on('error', (error) => parser.destroy(error));
  return input.pipe(parser);
}

async function openFolder(path: string): Promise<CsvPackage> {
  const names = new Set((await readdir(path)).filter((name) => name.endsWith('.csv')));
  const times = new Map<string, string>();
  for (const name of names) times.set(name, (await stat(join(path, name))).mtime.toISOString());
  return {
    names,
    lines: (name) => {
      if (!names.has(name)) throw new Error(`${name} is not in the folder.`);
      return parsed(createReadStream(join(path, name)));
    },
    writtenAt: (name) => times.get(name) ?? new Date(0).toISOString(),
    close: () => undefined,
  };
}

async function openZip(path: string): Promise<CsvPackage> {
  const zip = await yauzl.openPromise(path, { autoClose: false, lazyEntries: true });
  const entries = new Map<string, yauzl.Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  async function* lines(name: string): AsyncGenerator<CsvLine> {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(`${name} is not at the root of the ZIP file.`);
    yield* parsed(await zip.openReadStreamPromise(entry));
  }
  return {
    names: new Set([...entries.keys()].filter((name) => name.endsWith('.csv') && !name.includes('/'))),
    lines,
    writtenAt: (name) => (entries.get(name)?.getLastModDate() ?? new Date(0)).toISOString(),
    close: () => zip.close(),
  };
}

/** Opens a folder or a ZIP file with the CSV files at its root. */
export async function openCsvPackage(path: string): Promise<CsvPackage> {
  return (await stat(path)).isDirectory() ? openFolder(path) : openZip(path);
}
