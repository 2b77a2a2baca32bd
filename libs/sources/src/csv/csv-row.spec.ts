import { readFile } from 'node:fs/promises';
import { Dataset, type NormalUser } from '@lastgood/contracts';
import fc from 'fast-check';
import { allowedColumns, columnProblem, defaultColumns } from './columns.js';
import { columnsDocument } from './columns-document.js';
import { CsvRows, csvHeader } from './csv-row.js';

const anna: NormalUser = {
  sourcedId: 'u1', status: 'active', dateLastModified: null, username: 'anna', givenName: 'Anna "An"', middleName: null, familyName: 'Bo, Jr', preferredName: null, email: 'a@b.example',
  phone: '+1 555', sms: null, identifier: '007', userIds: [{ type: 'SIS', identifier: '7' }, { type: 'X', identifier: '8' }], roles: ['student'], grades: ['05'], orgIds: ['s1', 's2'], agentIds: ['p1'], enabled: false,
};

/** An RFC 4180 reader of its own, to read back what was written. */
const readCsv = (text: string): string[][] => {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]!;
    if (quoted && char === '"' && text[index + 1] === '"') cell += text[(index += 1)]!;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === ',') { row.push(cell); cell = ''; }
    else if (!quoted && char === '\r' && text[index + 1] === '\n') { row.push(cell); rows.push(row); row = []; cell = ''; index += 1; }
    else cell += char;
  }
  return rows;
};

describe('a CSV row', () => {
  test('has the default columns, quotes where needed and escapes what would start a formula', () => {
    const columns = defaultColumns('students');
    const rows = new CsvRows('students', columns);
    expect(csvHeader('students', columns) + rows.row(anna, { guardianIds: ['p1', 'p2'] })).toBe(
      'sourcedId,status,dateLastModified,enabled,roles,username,givenName,middleName,familyName,preferredName,email,phone,sms,identifier,userIds,grades,orgIds,guardianIds\r\n'
      + 'u1,active,,false,student,anna,"Anna ""An""",,"Bo, Jr",,a@b.example,\'+1 555,,007,"{SIS:7},{X:8}",05,"s1,s2","p1,p2"\r\n');
    expect(rows.escapedCells).toBe(1);
  });

  test.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('begins %j with an apostrophe', (text) => {
    const rows = new CsvRows('students', ['givenName']);
    expect(readCsv(rows.row({ ...anna, givenName: text }, {}))).toEqual([[`'${text}`]]);
    expect(rows.escapedCells).toBe(1);
  });

  test('reads back as it was, whatever stands in it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string(), { maxLength: 4 }), (text, list) => {
      const rows = new CsvRows('parents', ['sourcedId', 'familyName', 'childIds']);
      const [[id, name, children] = [], ...more] = readCsv(rows.row({ ...anna, familyName: text }, { childIds: list }));
      const escaped = (cell: string): string => (/^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell);
      expect([id, name, children]).toEqual(['u1', escaped(text), escaped(list.join(','))]);
      expect(more).toEqual([]);
    }), { numRuns: 500 });
  });
});

describe('columns', () => {
  test('cover what people are searched by, and the ids of guardians and children', () => {
    const searched = ['sourcedId', 'status', 'roles', 'givenName', 'familyName', 'email', 'username', 'identifier', 'phone', 'grades', 'orgIds'];
    expect(defaultColumns('students')).toEqual(expect.arrayContaining([...searched, 'guardianIds']));
    expect(defaultColumns('parents')).toEqual(expect.arrayContaining([...searched, 'childIds']));
    expect(Dataset.options.filter((dataset) => defaultColumns(dataset).length < 5)).toEqual([]);
  });

  test('that do not exist or stand twice are named with those that do', () => {
    expect(columnProblem({ students: ['sourcedId', 'agentIds'] })).toBeNull();
    expect(columnProblem({ orgs: ['name', 'colour', 'name'] })).toBe(`columns.orgs has no colour; there are ${allowedColumns('orgs').join(', ')}; columns.orgs names name twice`);
    expect(() => new CsvRows('orgs', ['colour'])).toThrow(RangeError);
  });

  test('are documented as they are', async () => {
    expect(await readFile(new URL('../../docs/COLUMNS.md', import.meta.url), 'utf8')).toBe(columnsDocument());
  });
});
