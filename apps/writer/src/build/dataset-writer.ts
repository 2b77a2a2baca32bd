import type { Dataset, NormalRecord } from '@lastgood/contracts';
import { CsvRows, csvHeader, defaultColumns, type JoinedIds } from '@lastgood/sources';
import type { BuiltFile } from './build-types.js';
import { PartFile } from './part-file.js';

const NEWLINE = Buffer.from('\n');

/** Writes the CSV and the JSONL of one dataset, in the order the records come in. */
export class DatasetWriter {
  readonly #columns: readonly string[];
  readonly #rows: CsvRows;
  readonly #csv: PartFile;
  readonly #jsonl: PartFile;
  /** Records so far in which a property had a value, by its name; joined ids count as properties. */
  readonly filled: Record<string, number> = {};
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
    this.#jsonl.bytes(line);
    this.#jsonl.bytes(NEWLINE);
    this.count += 1;
    this.#countFilled(record);
    this.#countFilled(joined);
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

  #countFilled(record: object): void {
    for (const [property, value] of Object.entries(record)) {
      const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
      this.filled[property] = (this.filled[property] ?? 0) + (empty ? 0 : 1);
    }
  }
}
