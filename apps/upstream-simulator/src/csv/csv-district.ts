import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { bulkCollections, Roster, storedIn, type AnyRow, type BulkCollection, type Collection, type RoleRow } from '../roster.js';
import { openCsvPackage, type CsvPackage } from './csv-package.js';
import { fileOf, kindOf, roleOf, rowOf } from './csv-rows.js';

const viewKinds: Readonly<Partial<Record<Collection, string>>> = {
  schools: 'school',
  terms: 'term',
  gradingPeriods: 'gradingPeriod',
  students: 'student',
  teachers: 'teacher',
};

/** The id as bytes that sort like its UTF-16 code units. */
function sortKey(id: string): Uint8Array {
  return Buffer.from(id, 'utf16le').swap16();
}

async function readManifest(files: CsvPackage): Promise<Map<string, string>> {
  if (!files.names.has('manifest.csv')) throw new Error('The package has no manifest.csv at its root.');
  const properties = new Map<string, string>();
  for await (const { propertyName, value } of files.lines('manifest.csv')) {
    if (propertyName === undefined || value === undefined) throw new Error('The header of manifest.csv must be propertyName,value.');
    properties.set(propertyName, value);
  }
  const version = properties.get('oneroster.version');
  if (version !== '1.1' && version !== '1.2') throw new Error('oneroster.version in manifest.csv must be 1.1 or 1.2.');
  return properties;
}

/** True when the manifest names the file as bulk; throws for delta, because a delta alone is no district. */
function holds(manifest: ReadonlyMap<string, string>, name: string): boolean {
  const mode = manifest.get(`file.${name}`) ?? 'absent';
  if (mode === 'delta') throw new Error(`${name}.csv is a delta file; only bulk files can be served.`);
  return mode === 'bulk';
}

async function load(database: DatabaseSync, files: CsvPackage): Promise<void> {
  const manifest = await readManifest(files);
  database.exec(`
    CREATE TABLE raw (collection TEXT, key BLOB, id TEXT, kind TEXT, parent TEXT, json TEXT);
    CREATE TABLE roles (user TEXT, json TEXT);
    BEGIN`);
  const insert = database.prepare('INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?)');
  for (const collection of bulkCollections) {
    if (holds(manifest, fileOf[collection])) await loadCollection(insert, files, collection);
  }
  if (holds(manifest, 'roles')) {
    const insertRole = database.prepare('INSERT INTO roles VALUES (?, ?)');
    for await (const line of files.lines('roles.csv')) {
      const { userId, role } = roleOf(line);
      insertRole.run(userId, JSON.stringify(role));
    }
  }
  database.exec(`
    COMMIT;
    CREATE INDEX roles_by_user ON roles (user);
    UPDATE raw SET kind = coalesce((SELECT json ->> 'role' FROM roles WHERE user = raw.id ORDER BY json ->> 'roleType', roles.rowid LIMIT 1), kind)
      WHERE collection = 'users' AND EXISTS (SELECT 1 FROM roles);
    CREATE TABLE rows (collection TEXT, position INTEGER, id TEXT, parent TEXT, json TEXT, PRIMARY KEY (collection, position)) WITHOUT ROWID;
    INSERT INTO rows SELECT collection, row_number() OVER (PARTITION BY collection ORDER BY key) - 1, id, parent, json FROM raw;
    CREATE INDEX rows_by_id ON rows (collection, id);
    CREATE INDEX rows_by_parent ON rows (collection, parent) WHERE parent IS NOT NULL;
    CREATE TABLE views (collection TEXT, kind TEXT, position INTEGER, id TEXT, PRIMARY KEY (collection, kind, position)) WITHOUT ROWID;
    INSERT INTO views SELECT collection, kind, row_number() OVER (PARTITION BY collection, kind ORDER BY key) - 1, id FROM raw WHERE kind <> '';
    CREATE INDEX views_by_id ON views (collection, kind, id);
    DROP TABLE raw`);
}

async function loadCollection(insert: StatementSync, files: CsvPackage, collection: BulkCollection): Promise<void> {
  const name = `${fileOf[collection]}.csv`;
  const writtenAt = files.writtenAt(name);
  for await (const line of files.lines(name)) {
    const row: AnyRow = rowOf[collection](line, writtenAt);
    if (row.id === '') throw new Error(`${name} has a line without sourcedId.`);
    const parent = 'parentId' in row ? (row.parentId ?? null) : null;
    insert.run(collection, sortKey(row.id), row.id, kindOf(row), parent, JSON.stringify(row));
  }
}

/** A district read from a OneRoster CSV package into a temporary SQLite file, so that its size does not fill the memory. */
export class CsvDistrict extends Roster {
  readonly #counts = new Map<Collection, number>();
  readonly #at: StatementSync;
  readonly #viewAt: StatementSync;
  readonly #byId: StatementSync;
  readonly #inView: StatementSync;
  readonly #roles: StatementSync;
  readonly #children: StatementSync;

  private constructor(
    readonly database: DatabaseSync,
    readonly folder: string,
  ) {
    super();
    this.#at = database.prepare('SELECT json FROM rows WHERE collection = ? AND position = ?');
    this.#viewAt = database.prepare('SELECT id FROM views WHERE collection = ? AND kind = ? AND position = ?');
    this.#byId = database.prepare('SELECT json FROM rows WHERE collection = ? AND id = ?');
    this.#inView = database.prepare('SELECT 1 FROM views WHERE collection = ? AND kind = ? AND id = ?');
    this.#roles = database.prepare("SELECT json FROM roles WHERE user = ? ORDER BY json ->> 'roleType', rowid");
    this.#children = database.prepare('SELECT id FROM rows WHERE collection = ? AND parent = ? ORDER BY position');
  }

  /** Reads a folder or ZIP; throws Error when the package is not complete or not CSV. */
  static async open(path: string): Promise<CsvDistrict> {
    const files = await openCsvPackage(path);
    const folder = await mkdtemp(join(tmpdir(), 'upstream-simulator-'));
    const database = new DatabaseSync(join(folder, 'district.db'));
    try {
      database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
      await load(database, files);
      return new CsvDistrict(database, folder);
    } catch (error) {
      database.close();
      await rm(folder, { recursive: true });
      throw error;
    } finally {
      files.close();
    }
  }

  override count(collection: Collection): number {
    const known = this.#counts.get(collection);
    if (known !== undefined) return known;
    const kind = viewKinds[collection];
    const row =
      kind === undefined
        ? this.database.prepare('SELECT count(*) AS n FROM rows WHERE collection = ?').get(collection)
        : this.database.prepare('SELECT count(*) AS n FROM views WHERE collection = ? AND kind = ?').get(storedIn[collection], kind);
    const count = Number(row?.['n']);
    this.#counts.set(collection, count);
    return count;
  }

  override at(collection: Collection, position: number): AnyRow {
    const kind = viewKinds[collection];
    const stored = storedIn[collection];
    const found =
      kind === undefined
        ? this.#at.get(stored, position)
        : this.#byId.get(stored, this.#viewAt.get(stored, kind, position)?.['id'] ?? null);
    if (found === undefined) throw new RangeError(`${collection} has no position ${position}`);
    return this.#complete(stored, JSON.parse(String(found['json'])) as AnyRow);
  }

  override find(collection: Collection, id: string): AnyRow | undefined {
    const kind = viewKinds[collection];
    const stored = storedIn[collection];
    if (kind !== undefined && this.#inView.get(stored, kind, id) === undefined) return undefined;
    const found = this.#byId.get(stored, id);
    return found === undefined ? undefined : this.#complete(stored, JSON.parse(String(found['json'])) as AnyRow);
  }

  /** Closes and removes the temporary file. */
  async close(): Promise<void> {
    this.database.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #complete(stored: BulkCollection, row: AnyRow): AnyRow {
    if ('roles' in row && row.roles.length === 0) {
      return { ...row, roles: this.#roles.all(row.id).map(({ json }) => JSON.parse(String(json)) as RoleRow) };
    }
    if (!('childIds' in row)) return row;
    return { ...row, childIds: this.#children.all(stored, row.id).map(({ id }) => String(id)) };
  }
}
