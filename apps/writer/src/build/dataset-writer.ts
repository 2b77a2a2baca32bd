import type { Dataset, NormalRecord } from '@lastgood/contracts';
import { CsvRows, csvHeader, defaultColumns, type JoinedIds } from '@lastgood/sources';
import type { BuiltFile } from './build-types.js';
import { PartFile } from './part-file.js';

/** Writes the CSV and the JSONL of one dataset, in the order the records come in. */
export class DatasetWriter {
  readonly #columns: readonly string[];
  readonly #rows: CsvRows;
  readonly #csv: PartFile;
  readonly #jsonl: PartFile;
  readonly #records = new FilledCounts();
  readonly #links = new FilledCounts();
  count = 0;

  constructor(folder: string, readonly dataset: Dataset, columns: readonly string[] | undefined) {
    this.#columns = columns ?? defaultColumns(dataset);
    this.#rows = new CsvRows(dataset, this.#columns);
    this.#csv = new PartFile(folder, `${dataset}.csv`);
    this.#jsonl = new PartFile(folder, `${dataset}.jsonl`);
    this.#csv.text(csvHeader(dataset, this.#columns));
  }

  /** `line`: the whole upstream record as it landed. */
  add(record: NormalRecord, joined: JoinedIds, line: Uint8Array): void {
    this.#csv.text(this.#rows.row(record, joined));
    this.#jsonl.line(line);
    this.count += 1;
    this.#records.add(record);
    this.#links.add(joined);
  }

  get full(): boolean {
    return this.#csv.full || this.#jsonl.full;
  }

  async drained(): Promise<void> {
    await this.#csv.drained();
    await this.#jsonl.drained();
  }

  async finish(): Promise<BuiltFile[]> {
    const notes = this.#rows.escapedCells > 0 ? ['formula-escaped'] : [];
    return [await this.#csv.finish(this.count, notes), await this.#jsonl.finish(this.count)];
  }

  /** Records so far in which a property had a value, by its name; joined ids count as properties. */
  get filled(): Record<string, number> {
    return { ...this.#records.counts, ...this.#links.counts };
  }
}

/** Counts by property in how many objects it had a value. All objects of one dataset have the same properties: counting by place is much faster than by name. */
class FilledCounts {
  #names: readonly string[] | null = null;
  #counts = new Uint32Array();

  add(of: object): void {
    if (this.#names === null) {
      this.#names = Object.keys(of);
      this.#counts = new Uint32Array(this.#names.length);
    }
    const names = this.#names;
    for (let index = 0; index < names.length; index += 1) {
      const value: unknown = (of as Record<string, unknown>)[names[index] as string];
      const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
      if (!empty) this.#counts[index] = (this.#counts[index] as number) + 1;
    }
  }

  get counts(): Record<string, number> {
    return Object.fromEntries((this.#names ?? []).map((name, index) => [name, this.#counts[index] as number]));
  }
}
