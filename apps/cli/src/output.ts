import { printable } from './printable.js';

/** Where a command writes: people get tables and a progress bar without anything that a terminal obeys, programs (`--json`) one JSON value a line. */
export class Output {
  #barShown = false;

  constructor(
    private readonly json: boolean,
    private readonly stdout: { write(text: string): unknown; isTTY?: boolean | undefined },
    private readonly stderr: { write(text: string): unknown; isTTY?: boolean | undefined },
  ) {}

  /** One result: JSON for programs, lines for people. */
  item(value: unknown, ...lines: readonly string[]): void {
    this.#clearBar();
    this.stdout.write(this.json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${printable(line)}\n`).join(''));
  }

  /** One JSON value that is a result as it is, for programs and people alike. */
  line(json: string): void {
    this.#clearBar();
    this.stdout.write(`${this.json ? json : printable(json)}\n`);
  }

  /** Words for people only. */
  say(line: string): void {
    this.#clearBar();
    if (!this.json) this.stdout.write(`${printable(line)}\n`);
  }

  /** Results as rows with aligned columns; programs get one JSON value a line. */
  table(items: readonly unknown[], columns: readonly string[], rowOf: (index: number) => readonly string[]): void {
    if (this.json) {
      for (const item of items) this.stdout.write(`${JSON.stringify(item)}\n`);
      return;
    }
    const rows = [columns, ...items.map((_, index) => rowOf(index).map(printable))];
    const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
    for (const row of rows) this.stdout.write(`${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`);
  }

  /** A bar on a terminal, nothing elsewhere. `fraction` is null when the end is unknown. */
  bar(fraction: number | null, words: string): void {
    if (this.json || !this.stderr.isTTY) return;
    const width = 30;
    const filled = fraction === null ? 0 : Math.round(Math.min(1, fraction) * width);
    const percent = fraction === null ? '    ' : `${Math.round(Math.min(1, fraction) * 100)} %`.padStart(5);
    this.stderr.write(`\r\u001b[2K[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${percent} ${printable(words)}`);
    this.#barShown = true;
  }

  #clearBar(): void {
    if (!this.#barShown) return;
    this.stderr.write('\r\u001b[2K');
    this.#barShown = false;
  }
}
