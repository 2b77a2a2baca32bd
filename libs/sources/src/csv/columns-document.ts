import { Dataset } from '@lastgood/contracts';
import { columnsOf, defaultColumns } from './columns.js';

/** docs/COLUMNS.md: every column of every dataset's CSV. */
export function columnsDocument(): string {
  const parts = Dataset.options.map((dataset) => {
    const defaults = defaultColumns(dataset);
    const rows = columnsOf(dataset).map(({ name, words }) => `| ${name} | ${defaults.includes(name) ? 'yes' : 'no'} | ${words} |`);
    return [`## ${dataset}.csv`, '', '| column | default | what stands there |', '|---|---|---|', ...rows, ''].join('\n');
  });
  return ['# Columns of the CSV files', '',
    'Made by `columnsDocument()` from the code that writes the files; a test compares. A source may name its own columns per dataset (`columns` in lastgood.yaml).',
    'RFC 4180, UTF-8, lines end in CRLF; lists are joined by commas in one cell; absent is blank. A cell that begins with `=`, `+`, `-`, `@`, tab or a line',
    'end gets a leading apostrophe, and the manifest says so.', '', ...parts].join('\n');
}
