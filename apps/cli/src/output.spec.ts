import { Output } from './output.js';

function outputTo(json: boolean, terminal: boolean): { output: Output; written: { out: string; err: string } } {
  const written = { out: '', err: '' };
  const output = new Output(json, { write: (text) => (written.out += text), isTTY: terminal }, { write: (text) => (written.err += text), isTTY: terminal });
  return { output, written };
}

describe('output', () => {
  test('programs get one JSON value a line and nothing else', () => {
    const { output, written } = outputTo(true, true);
    output.say('words');
    output.bar(0.5, 'half');
    output.item({ a: 1 }, 'one');
    output.table([{ b: 2 }], ['B'], () => ['2']);
    expect(written).toEqual({ out: '{"a":1}\n{"b":2}\n', err: '' });
  });

  test('people get aligned columns without trailing blanks', () => {
    const { output, written } = outputTo(false, false);
    output.table([0, 1], ['RUN', 'PHASE'], (index) => [['r1', 'published'], ['r-long', '']][index] ?? []);
    expect(written.out).toBe('RUN     PHASE\nr1      published\nr-long\n');
  });

  test('people see what a terminal would obey, and what turns text, escaped; line feeds are ours alone; programs get the data as they are', () => {
    const hostile = '\u001b]0;title\u0007\u009b2J\u007f\r\n\u202egnp\u2066\u200f\u061c';
    const shown = String.raw`\u001b]0;title\u0007\u009b2J\u007f\u000d\u000a\u202egnp\u2066\u200f\u061c`;
    const { output, written } = outputTo(false, true);
    output.say(hostile);
    output.item({}, hostile, `Amélie 李 ${hostile}`);
    output.table([0], ['NAME', 'A'], () => [hostile, 'a']);
    output.line(JSON.stringify({ hostile }));
    const json = written.out.split('\n').at(-2) ?? '';
    expect(written.out).toBe(`${shown}\n${shown}\nAmélie 李 ${shown}\n${'NAME'.padEnd(shown.length)}  A\n${shown}  a\n${json}\n`);
    expect([JSON.parse(json), json]).toEqual([{ hostile }, expect.not.stringMatching(/[^ -~]/)]);
    output.bar(null, hostile);
    expect(written.err).toBe(`\r\u001b[2K[${'-'.repeat(30)}]      ${shown}`);
    const programs = outputTo(true, true);
    programs.output.item({ hostile }, hostile);
    programs.output.table([{ hostile }], ['NAME'], () => [hostile]);
    expect(programs.written.out.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([{ hostile }, { hostile }]);
  });

  test('the bar shows on a terminal only, stays within its width and is gone before the next line', () => {
    const { output, written } = outputTo(false, true);
    output.bar(2, 'more than told');
    expect(written.err).toContain(`[${'#'.repeat(30)}] 100 % more than told`);
    output.bar(null, 'end unknown');
    expect(written.err).toContain(`[${'-'.repeat(30)}]      end unknown`);
    output.say('done');
    expect(written.err.endsWith('\r\u001b[2K')).toBe(true);
    const silent = outputTo(false, false);
    silent.output.bar(0.5, 'half');
    expect(silent.written.err).toBe('');
  });
});
