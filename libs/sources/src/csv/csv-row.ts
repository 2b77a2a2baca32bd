import type { Dataset, NormalRecord } from '@lastgood/contracts';
import { columnProblem, columnsOf, type Cell, type Column, type JoinedIds } from './columns.js';

const NEEDS_QUOTES = /[",\r\n]/;

/** Whether a spreadsheet would take the text for a formula: it begins with = + - @, tab or a line end. */
const startsFormula = (text: string): boolean => {
  switch (text.charCodeAt(0)) {
    case 0x3d: case 0x2b: case 0x2d: case 0x40: case 0x09: case 0x0a: case 0x0d: return true;
    default: return false;
  }
};

const textOf = (cell: Cell): string => {
  if (typeof cell === 'string') return cell;
  if (cell === null) return '';
  if (typeof cell === 'boolean') return cell ? 'true' : 'false';
  return cell.length === 1 ? cell[0]! : cell.join(',');
};

/** A text as a cell (RFC 4180), with a leading apostrophe where a spreadsheet would take it for a formula. */
export function csvCell(text: string): string {
  const safe = startsFormula(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The header line of a dataset's CSV (RFC 4180), with its CRLF. Throws a RangeError for a column that the dataset does not have. */
export function csvHeader(dataset: Dataset, columns: readonly string[]): string {
  const problem = columnProblem({ [dataset]: columns });
  if (problem !== null) throw new RangeError(problem);
  return `${columns.join(',')}\r\n`;
}

/** Writes the rows of one dataset's CSV: RFC 4180, lines end in CRLF, lists joined by commas in one cell. Knows at the end whether a cell was escaped. */
export class CsvRows {
  /** Cells so far that would have started a formula and got a leading apostrophe. */
  escapedCells = 0;
  private readonly columns: readonly Column<never>[];

  /** Throws a RangeError for a column that the dataset does not have. */
  constructor(dataset: Dataset, columns: readonly string[]) {
    csvHeader(dataset, columns);
    const all = new Map(columnsOf(dataset).map((column) => [column.name, column]));
    this.columns = columns.map((name) => all.get(name)!);
  }

  /** One row with its CRLF. The record must be of the dataset's collection. */
  row(record: NormalRecord, joined: JoinedIds): string {
    let row = '';
    for (let index = 0; index < this.columns.length; index += 1) {
      const text = textOf(this.columns[index]!.cell(record as never, joined));
      if (index > 0) row += ',';
      row += text === '' ? '' : this.cell(text);
    }
    return `${row}\r\n`;
  }

  private cell(text: string): string {
    if (startsFormula(text)) this.escapedCells += 1;
    return csvCell(text);
  }
}
