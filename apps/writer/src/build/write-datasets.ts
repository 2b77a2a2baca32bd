import { COLLECTION_OF, Dataset, type Collection, type NormalRecord, type NormalUser } from '@lastgood/contracts';
import { datasetsOf, normalize, type JoinedIds } from '@lastgood/sources';
import type { Profile } from '../gate/profile.js';
import { BuildError, failure, type BuildSettings, type BuiltDatasets, type BuiltFile } from './build-types.js';
import { DatasetWriter } from './dataset-writer.js';
import { linesOfFile, linesPath } from './line-files.js';
import { joinLinks, PeopleReader } from './people.js';
import { RecordFindings } from './record-findings.js';

const ROWS_BETWEEN_PAUSES = 64;

/** What the thread that writes datasets is started with. */
export interface DatasetsData {
  folder: string;
  settings: BuildSettings;
}

/** What it is asked: to join the links once all users are known, to write the datasets of ordered collections, each once and in any order, then to say what there is. Users need the links, classes also the teachers. */
export type DatasetsAsk = { do: 'join' } | { do: 'write'; collection: Collection } | { do: 'finish' };

/**
 * Writes CSV and JSONL of every dataset whose collection it is asked for, and counts for the gate. Answers `join` with LinkCounts, `finish` with BuiltDatasets; throws BuildError then when a
 * record does not fit the schema: such a snapshot is not published.
 */
export function datasetsHandler({ folder, settings }: DatasetsData): { answer(ask: unknown): unknown; close(): void } {
  const findings = new RecordFindings();
  const written = new Map<Collection, WrittenCollection>();
  let people: PeopleReader | null = null;
  return {
    answer: async (question) => {
      const ask = question as DatasetsAsk;
      if (ask.do === 'join') return joinLinks(folder);
      if (ask.do === 'finish') {
        refuseInvalid(findings, settings);
        return builtOf(written, findings);
      }
      if (ask.collection === 'users' || ask.collection === 'classes') people ??= new PeopleReader(folder);
      written.set(ask.collection, await new CollectionWriter(folder, ask.collection, settings, people, findings).write());
      return undefined;
    },
    close: () => people?.close(),
  };
}

function refuseInvalid(findings: RecordFindings, settings: BuildSettings): void {
  if (findings.refused === 0) return;
  const list = findings.list();
  const [first] = list;
  throw new BuildError(failure(
    'invalid_records',
    `${findings.refused} record(s) do not fit the schema${first ? `, first: ${first.message}` : '.'} Have the upstream corrected${settings.validation === 'strict' ? ', or set validation: lenient where only optional fields are wrong' : ''}.`,
    { collection: first?.collection ?? null, count: findings.refused },
  ), list);
}

/** Whatever order the collections were written in: the profile is a file of the snapshot. */
function builtOf(written: ReadonlyMap<Collection, WrittenCollection>, findings: RecordFindings): BuiltDatasets {
  const profile: Profile = { version: 1, collections: {}, datasets: {}, schools: {}, filled: {} };
  const files: BuiltFile[] = [];
  for (const collection of inOrder([...written.keys()])) {
    const { rows, datasets, schools } = written.get(collection) as WrittenCollection;
    profile.collections[collection] = rows;
    for (const { dataset, count, filled, files: ofDataset } of datasets) {
      profile.datasets[dataset] = count;
      profile.filled[dataset] = filled;
      files.push(...ofDataset);
    }
    Object.assign(profile.schools, schools);
  }
  return { files, profile, findings: findings.list() };
}

/** Collections in the one order that files are made in. */
export function inOrder(collections: readonly Collection[]): Collection[] {
  const order = [...new Set(Dataset.options.map((dataset) => COLLECTION_OF[dataset]))];
  return order.filter((collection) => collections.includes(collection));
}

type Links = ReturnType<PeopleReader['linksOf']>;

/** The datasets of one collection as they were written. */
interface WrittenCollection {
  rows: number;
  datasets: { dataset: Dataset; count: number; filled: Record<string, number>; files: BuiltFile[] }[];
  /** Students of each school. */
  schools: Record<string, number>;
}

const NO_LINKS: Links = { guardianIds: [], childIds: [] };
const NO_IDS: JoinedIds = {};

class CollectionWriter {
  readonly #writers = new Map<Dataset, DatasetWriter>();
  readonly #schools: Record<string, number> = {};
  #rows = 0;

  constructor(
    private readonly folder: string,
    private readonly collection: Collection,
    private readonly settings: BuildSettings,
    private readonly people: PeopleReader | null,
    private readonly findings: RecordFindings,
  ) {
    for (const dataset of Dataset.options) {
      if (COLLECTION_OF[dataset] === collection) this.#writers.set(dataset, new DatasetWriter(folder, dataset, settings.columns[dataset]));
    }
  }

  async write(): Promise<WrittenCollection> {
    for (const line of linesOfFile(linesPath(this.folder, this.collection))) {
      this.#add(line);
      this.#rows += 1;
      if (this.#rows % ROWS_BETWEEN_PAUSES === 0) await this.#pause();
    }
    const datasets: WrittenCollection['datasets'] = [];
    for (const [dataset, writer] of this.#writers) datasets.push({ dataset, files: await writer.finish(), count: writer.count, filled: writer.filled });
    return { rows: this.#rows, datasets, schools: this.#schools };
  }

  #add(line: Buffer): void {
    const { record, problems } = normalize(this.collection, this.settings.kind, JSON.parse(line.toString('utf8')), this.settings.validation);
    if (record === null || problems.length > 0) this.findings.add(this.collection, problems, record === null);
    if (record === null) return;
    const links = this.collection === 'users' ? this.people?.linksOf(record.sourcedId) ?? NO_LINKS : NO_LINKS;
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
      case 'classes': return { teacherIds: this.people?.teachersOf(sourcedId) ?? [] };
      default: return NO_IDS;
    }
  }

  #countSchools(user: NormalUser): void {
    if (!user.roles.includes('student')) return;
    for (const org of user.orgIds) this.#schools[org] = (this.#schools[org] ?? 0) + 1;
  }

  async #pause(): Promise<void> {
    for (const writer of this.#writers.values()) if (writer.full) await writer.drained();
  }
}
