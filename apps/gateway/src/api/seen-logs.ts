import { readLogNumbers, writeLogNumbers, type LogNumbers } from '@lastgood/contracts';

const MAX_SEEN = 10_000;

interface Seen {
  /** As a header says it. */
  text: string;
  numbers: LogNumbers;
}

/** The newest log number of each source that a client has seen here; of the 10,000 pairs of client and district that were used last. */
export class SeenLogs {
  /** In order of use, the least recent first. */
  readonly #seen = new Map<string, Seen>();

  constructor(private readonly most = MAX_SEEN) {}

  /** What no answer to this client may be older than, as a header says it; undefined when nothing is remembered. */
  atLeast(client: string, district: string): string | undefined {
    const key = keyOf(client, district);
    const seen = this.#seen.get(key);
    if (seen === undefined) return undefined;
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    return seen.text;
  }

  /** An answer reached the client: the text of its `Lastgood-Log`. */
  saw(client: string, district: string, text: string): void {
    const key = keyOf(client, district);
    const before = this.#seen.get(key);
    if (before?.text === text) return;
    const merged = before === undefined ? readLogNumbers(text) : newest(before.numbers, readLogNumbers(text));
    if (merged === null || merged === before?.numbers) return;
    this.#seen.set(key, { text: writeLogNumbers(merged), numbers: merged });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.most && oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** The larger number of each source; `known` itself when nothing is newer. */
export function newest(known: LogNumbers, other: LogNumbers | null): LogNumbers {
  const newer = [...(other ?? [])].filter(([source, number]) => number > (known.get(source) ?? 0));
  return newer.length === 0 ? known : new Map([...known, ...newer]);
}

const keyOf = (client: string, district: string): string => `${client} ${district}`;
