import { COLLECTION_OF, Dataset, type Collection, type NormalRecord, type NormalUser } from '@lastgood/contracts';
import { datasetsOf, normalize, type JoinedIds } from '@lastgood/sources';
import type { Profile } from '../gate/profile.js';
import { BuildError, failure, type BuildSettings, type BuiltDatasets, type BuiltFile } from './build-types.js';
import { DatasetWriter } from './dataset-writer.js';
import { peoplePath } from './ingest-worker.js';
import { linesOfFile, linesPath } from './line-files.js';
import { PeopleReader } from './people.js';
import { RecordFindings } from './record-findings.js';

const ROWS_BETWEEN_PAUSES = 64;

/** What is to be written from a build's folder of ordered lines. */
export interface DatasetsTask {
  folder: string;
  settings: BuildSettings;
  /** Collections that are there, in any order. */
  collections: readonly Collection[];
}

/**
 * Writes CSV and JSONL of every dataset whose collection is there, and counts for the gate. Throws BuildError when a record does not fit the
 * schema: such a snapshot is not published.
 */
export async function writeDatasets({ folder, settings, collections }: DatasetsTask): Promise<BuiltDatasets> {
  const people = new PeopleReader(peoplePath(folder));
  const findings = new RecordFindings();
  const profile: Profile = { version: 1, collections: {}, datasets: {}, schools: {}, filled: {} };
  const files: BuiltFile[] = [];
  try {
    for (const collection of inOrder(collections)) {
      files.push(...await new CollectionWriter(folder, collection, settings, people, findings, profile).write());
    }
  } finally {
    people.close();
  }
  const list = findings.list();
  if (findings.refused > 0) {
    const [first] = list;
    throw new BuildError(failure(
      'invalid_records',
      `${findings.refused} record(s) do not fit the schema${first ? `, first: ${first.message}` : '.'} Have the upstream corrected${settings.validation === 'strict' ? ', or set validation: lenient where only optional fields are wrong' : ''}.`,
      { collection: first?.collection ?? null, count: findings.refused },
    ), list);
  }
  return { files, profile, findings: list };
}

/** Collections in the one order that files are made in. */
export function inOrder(collections: readonly Collection[]): Collection[] {
  const order = [...new Set(Dataset.options.map((dataset) => COLLECTION_OF[dataset]))];
  return order.filter((collection) => collections.includes(collection));
}

type Links = ReturnType<PeopleReader['linksOf']>;
const NO_LINKS: Links = { guardianIds: [], childIds: [] };
const NO_IDS: JoinedIds = {};

class CollectionWriter {
  readonly #writers = new Map<Dataset, DatasetWriter>();
  #rows = 0;

  constructor(
    private readonly folder: string,
    private readonly collection: Collection,
    private readonly settings: BuildSettings,
    private readonly people: PeopleReader,
    private readonly findings: RecordFindings,
    private readonly profile: Profile,
  ) {
    for (const dataset of Dataset.options) {
      if (COLLECTION_OF[dataset] === collection) this.#writers.set(dataset, new DatasetWriter(folder, dataset, settings.columns[dataset]));
    }
  }

  async write(): Promise<BuiltFile[]> {
    for (const line of linesOfFile(linesPath(this.folder, this.collection))) {
      this.#add(line);
      this.#rows += 1;
      if (this.#rows % ROWS_BETWEEN_PAUSES === 0) await this.#pause();
    }
    this.profile.collections[this.collection] = this.#rows;
    const files: BuiltFile[] = [];
    for (const [dataset, writer] of this.#writers) {
      files.push(...await writer.finish());
      this.profile.datasets[dataset] = writer.count;
      this.profile.filled[dataset] = writer.filled;
    }
    return files;
  }

  #add(line: Buffer): void {
    const { record, problems } = normalize(this.collection, this.settings.kind, JSON.parse(line.toString('utf8')), this.settings.validation);
    if (record === null || problems.length > 0) this.findings.add(this.collection, problems, record === null);
    if (record === null) return;
    const links = this.collection === 'users' ? this.people.linksOf(record.sourcedId) : NO_LINKS;
    for (const dataset of this.#datasetsOf(record)) this.#writers.get(dataset)?.add(record, this.#joined(dataset, record, links), line);
    if (this.collection === 'users') this.#countSchools(record as NormalUser);
  }

  #datasetsOf(record: NormalRecord): Iterable<Dataset> {
    return this.collection === 'users' ? datasetsOf(record as NormalUser) : this.#writers.keys();
  }

  #joined(dataset: Dataset, { sourcedId }: NormalRecord, { guardianIds, childIds }: Links): JoinedIds {
    switch (dataset) {
      case 'students': return { guardianIds };
      case 'parents': return { childIds };
      case 'classes': return { teacherIds: this.people.teachersOf(sourcedId) };
      default: return NO_IDS;
    }
  }

  #countSchools(user: NormalUser): void {
    if (!user.roles.includes('student')) return;
    for (const org of user.orgIds) this.profile.schools[org] = (this.profile.schools[org] ?? 0) + 1;
  }

  async #pause(): Promise<void> {
    for (const writer of this.#writers.values()) if (writer.full) await writer.drained();
  }
}
