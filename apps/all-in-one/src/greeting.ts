import { Terminal } from '@lastgood/service-runtime';
import type { RunningServices } from '@lastgood/service-runtime';

/** Keeps what the services say while they start, to be shown in its place; afterwards says it at once. */
export class HeldTerminal extends Terminal {
  readonly #write: (line: string) => void;
  #held: string[] | null = [];

  constructor(write: (line: string) => void) {
    super();
    this.#write = write;
  }

  say(line: string): void {
    if (this.#held) this.#held.push(line);
    else this.#write(line);
  }

  /** What was said so far. */
  release(): string[] {
    const held = this.#held ?? [];
    this.#held = null;
    return held;
  }
}

const KEY = /\blg_\S+/;

/** About ten lines: what runs where, the key, and three commands to try. */
export function greeting(running: RunningServices, said: readonly string[], sample: { url: string; people: number } | null, presetKey: boolean): string[] {
  const { urls, dataFolder, districts } = running;
  const gateway = urls.gateway?.origin ?? '';
  const district = districts.all[0]?.id ?? 'DISTRICT';
  const key = said.map((line) => KEY.exec(line)?.[0]).find((found) => found !== undefined);
  const keyLine = presetKey ? 'the one in ADMIN_TOKEN' : 'as shown at the first start; lost it? start once with ADMIN_TOKEN set to 32 characters or more of your own';
  const curl = 'curl -H "Authorization: Bearer $LASTGOOD_KEY"';
  return [
    `Lastgood runs; all it keeps is in ${dataFolder}, its log in lastgood.log there.`,
    `  gateway    ${gateway} (API; its description at ${gateway}/api/docs)`,
    `  inside     ${(['writer', 'search', 'fetcher'] as const).map((name) => `${name} ${urls[name]?.host ?? '-'}`).join(', ')}`,
    sample ? `  upstream   a simulated district of ${sample.people.toLocaleString('en')} people at ${sample.url}` : `  districts  ${districts.all.length} configured`,
    key ? `  admin key  export LASTGOOD_KEY=${key}   (shown this once)` : `  admin key  ${keyLine}`,
    ...said.filter((line) => !KEY.test(line)).map((line) => `  ${line}`),
    'Try:',
    `  ${curl} ${gateway}/api/v1/snapshots/${district}/status`,
    `  ${curl} "${gateway}/api/v1/districts/${district}/students?q=mar"`,
    `  ${curl} -X POST ${gateway}/api/v1/snapshots/${district}/refresh`,
  ];
}
