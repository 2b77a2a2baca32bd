/** Words for the person who started the process, never for the log: the first admin key is said here, once. */
export abstract class Terminal {
  abstract say(line: string): void;
}

/** Writes to stderr, because stdout carries the log lines. */
export class StderrTerminal extends Terminal {
  say(line: string): void {
    process.stderr.write(`${line}\n`);
  }
}
