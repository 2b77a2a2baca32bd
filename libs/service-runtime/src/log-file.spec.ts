import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFile } from './log-file.js';

describe('a log file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-log-file-'));
  const path = join(folder, 'lastgood.log');
  const contents = (): Record<string, string> => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

  beforeEach(() => readdirSync(folder).forEach((name) => rmSync(join(folder, name), { recursive: true })));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('goes on with the file that is there, and only its owner reads it', () => {
    new LogFile(path, 100).write('one\n');
    new LogFile(path, 100).write('two\n');
    expect(contents()).toEqual({ 'lastgood.log': 'one\ntwo\n' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is set aside while the process runs, keeps whole lines, and one earlier file', () => {
    const log = new LogFile(path, 20);
    for (let line = 0; line < 10; line += 1) log.write(`line ${line}\n`);
    expect(contents()).toEqual({ 'lastgood.log': 'line 8\nline 9\n', 'lastgood.log.1': 'line 6\nline 7\n' });
  });

  test('takes a line longer than the limit', () => {
    const log = new LogFile(path, 4);
    log.write('a long line\n');
    log.write('b\n');
    expect(contents()).toEqual({ 'lastgood.log': 'b\n', 'lastgood.log.1': 'a long line\n' });
  });

  test('that was taken away begins anew at the limit', () => {
    const log = new LogFile(path, 4);
    log.write('one\n');
    rmSync(path);
    log.write('two\n');
    expect(contents()).toEqual({ 'lastgood.log': 'two\n' });
  });
});
