import { Log, type LogFields } from './log.js';
import { RunLinesLog, type RunLine } from './run-lines-log.js';

class Kept extends Log {
  constructor(readonly lines: unknown[] = [], private readonly fields: LogFields = {}) {
    super();
  }

  debug(message: string, fields?: LogFields): void { this.lines.push(['debug', message, { ...this.fields, ...fields }]); }
  info(message: string, fields?: LogFields): void { this.lines.push(['info', message, { ...this.fields, ...fields }]); }
  warn(message: string, fields?: LogFields): void { this.lines.push(['warn', message, { ...this.fields, ...fields }]); }
  error(message: string, error?: unknown, fields?: LogFields): void { this.lines.push(['error', message, { ...this.fields, ...fields }, error]); }
  with(fields: LogFields): Log { return new Kept(this.lines, { ...this.fields, ...fields }); }
}

test('lines that carry a run are also kept, every line goes on as it was, and no error is kept with its line', () => {
  const [inner, kept] = [new Kept(), [] as RunLine[]];
  const log = new RunLinesLog(inner, (line) => kept.push(line));
  log.info('of no run', { source: 'sis' });
  const ofRun = log.with({ run: 'r1' });
  ofRun.debug('too small');
  ofRun.info('one', { rows: 3 });
  ofRun.with({ epoch: 7 }).warn('two');
  const trouble = new Error('with what it holds');
  log.error('three', trouble, { run: 'r2' });
  ofRun.info('x'.repeat(600), { text: 'y'.repeat(300), nothing: undefined, source: 'sis' });
  expect(kept).toEqual([
    { run: 'r1', level: 'info', message: 'one', fields: { rows: 3 } },
    { run: 'r1', level: 'warn', message: 'two', fields: { epoch: 7 } },
    { run: 'r2', level: 'error', message: 'three', fields: {} },
    { run: 'r1', level: 'info', message: 'x'.repeat(500), fields: { text: 'y'.repeat(255) } },
  ]);
  expect(inner.lines.slice(0, 5)).toEqual([
    ['info', 'of no run', { source: 'sis' }], ['debug', 'too small', { run: 'r1' }], ['info', 'one', { run: 'r1', rows: 3 }],
    ['warn', 'two', { run: 'r1', epoch: 7 }], ['error', 'three', { run: 'r2' }, trouble],
  ]);
});
