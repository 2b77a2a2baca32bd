import { readLogNumbers, writeLogNumbers, type LogNumbers } from '@lastgood/contracts';
import { LRUCache } from 'lru-cache';

const MAX_SEEN = 10_000;

interface Seen {
  /** As a header says it. */
  text: string;
  numbers: LogNumbers;
}

/** The newest log number of each source that a client has seen here; of the 10,000 pairs of client and district that were used last. */
export class SeenLogs {
  readonly #seen: LRUCache<string, Seen>;

  constructor(most = MAX_SEEN) {
    this.#seen = new LRUCache({ max: most });
  }

  /** What no answer to this client may be older than, as a header says it; undefined when nothing is remembered. */
  atLeast(client: string, district: string): string | undefined {
    return this.#seen.get(keyOf(client, district))?.text;
  }

  /** An answer reached the client: the text of its `Lastgood-Log`. */
  saw(client: string, district: string, text: string): void {
    const key = keyOf(client, district);
    const before = this.#seen.get(key);
    if (before?.text === text) return;
    const merged = before === undefined ? readLogNumbers(text) : newest(before.numbers, readLogNumbers(text));
    if (merged === null || merged === before?.numbers) return;
    this.#seen.set(key, { text: writeLogNumbers(merged), numbers: merged });
  }
}

/** The larger number of each source; `known` itself when nothing is newer. */
export function newest(known: LogNumbers, other: LogNumbers | null): LogNumbers {
  const newer = [...(other ?? [])].filter(([source, number]) => number > (known.get(source) ?? 0));
  return newer.length === 0 ? known : new Map([...known, ...newer]);
}

const keyOf = (client: string, district: string): string => `${client} ${district}`;
