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
  readonly #filled = new Map<string, number[]>();
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

  /** Records so far in which a property had a value, by its name; joined ids count as properties. */
  get filled(): Record<string, number> {
    const filled: Record<string, number> = {};
    for (const [names, counts] of this.#filled) names.split(' ').forEach((name, index) => { filled[name] = (filled[name] ?? 0) + (counts[index] ?? 0); });
    return filled;
  }

  /** Records of a collection have the same few shapes: counting by place is much faster than by name. */
  #countFilled(record: object): void {
    const names = Object.keys(record);
    if (names.length === 0) return;
    const shape = names.join(' ');
    let counts = this.#filled.get(shape);
    if (counts === undefined) {
      counts = names.map(() => 0);
      this.#filled.set(shape, counts);
    }
    for (let index = 0; index < names.length; index += 1) {
      const value: unknown = (record as Record<string, unknown>)[names[index] as string];
      const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
      if (!empty) counts[index] = (counts[index] as number) + 1;
    }
  }
}
