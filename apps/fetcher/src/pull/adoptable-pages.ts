import { type Collection, stagingRunFolder } from '@lastgood/contracts';
import type { PullPlace } from './staging.js';

/** Pages that earlier epochs of a run left of one collection, in order of offset, and where it stands what their upstream told. */
export interface AdoptablePages {
  pages: { key: string; offset: number }[];
  toldKey: string | null;
}

interface RoundPages {
  round: number;
  pages: { key: string; offset: number }[];
  toldKey: string | null;
}

const none: AdoptablePages = { pages: [], toldKey: null };

/**
 * Finds them among the keys of the run. The newest earlier epoch with anything of the collection counts, its last round only; where it had itself
 * begun with pages of an older epoch those come first. A round that began anew without landing a page voids everything before it.
 */
export function adoptablePages(keys: readonly string[], place: PullPlace, collection: Collection): AdoptablePages {
  const epochs = roundsByEpoch(keys, place, collection);
  const [newest, ...older] = [...epochs].sort(([a], [b]) => b - a).map(([, rounds]) => lastRound(rounds));
  if (!newest) return none;
  let pages = newest.pages;
  let round = newest.round;
  for (const earlier of older) {
    if (round > 0 || pages[0]?.offset === 0) break;
    const first = pages[0]?.offset ?? Number.POSITIVE_INFINITY;
    pages = [...earlier.pages.filter(({ offset }) => offset < first), ...pages];
    round = earlier.round;
  }
  return pages[0]?.offset === 0 ? { pages, toldKey: newest.toldKey } : none;
}

function lastRound(rounds: Map<number, RoundPages>): RoundPages {
  const [last] = [...rounds.values()].sort((a, b) => b.round - a.round);
  return last ?? { round: 0, pages: [], toldKey: null };
}

function roundsByEpoch(keys: readonly string[], place: PullPlace, collection: Collection): Map<number, Map<number, RoundPages>> {
  const pattern = new RegExp(`^([1-9][0-9]{0,15})/${collection}/(?:(?:([1-9][0-9]{0,2})-)?([0-9]{10,12})\\.jsonl\\.zst|round-([0-9]{1,3})\\.json)$`);
  const folder = stagingRunFolder(place);
  const epochs = new Map<number, Map<number, RoundPages>>();
  for (const key of keys) {
    const match = key.startsWith(folder) ? pattern.exec(key.slice(folder.length)) : null;
    if (!match || Number(match[1]) >= place.epoch) continue;
    const rounds = epochs.get(Number(match[1])) ?? new Map<number, RoundPages>();
    epochs.set(Number(match[1]), rounds);
    const number = Number(match[4] ?? match[2] ?? 0);
    const round = rounds.get(number) ?? { round: number, pages: [], toldKey: null };
    rounds.set(number, round);
    if (match[4] === undefined) round.pages.push({ key, offset: Number(match[3]) });
    else round.toldKey = key;
  }
  for (const rounds of epochs.values()) for (const { pages } of rounds.values()) pages.sort((a, b) => a.offset - b.offset);
  return epochs;
}
