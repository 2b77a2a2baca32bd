import { mix } from './random.js';

/** One record in this many changes from one night to the next. */
export const changeEveryNights = 100;

const dayMs = 86_400_000;
const nightZero = Date.UTC(2025, 8, 1);
const daysBefore = 90;
const days: string[] = [];

/** The date (YYYY-MM-DD) of a night; night 0 is 2025-09-01 and -90 the earliest. */
export function dayOfNight(night: number): string {
  const index = night + daysBefore;
  const known = days[index];
  if (known !== undefined) return known;
  for (let next = days.length; next <= index; next += 1) {
    days.push(new Date(nightZero + (next - daysBefore) * dayMs).toISOString().slice(0, 10));
  }
  return days[index] as string;
}

/** How often a record with this hash has changed by a night: 1 % of all records change each night. */
export function changesUntil(hash: number, night: number): number {
  return Math.floor(((hash % changeEveryNights) + night) / changeEveryNights);
}

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** When a record was last changed (ISO 8601, UTC): in its latest night of change, or in the weeks before night 0. */
export function modifiedAt(hash: number, changes: number): string {
  const night = changes === 0 ? -1 - (hash % 80) : changes * changeEveryNights - (hash % changeEveryNights);
  const time = mix(hash, changes);
  return `${dayOfNight(night)}T0${time % 5}:${twoDigits[(time >>> 8) % 60]}:${twoDigits[(time >>> 16) % 60]}.000Z`;
}

/** What the nights so far have done to one place among the people. */
export interface PlaceHistory {
  readonly changes: number;
  /** How many people have left this place and were followed by a newcomer. */
  readonly generation: number;
  readonly contactEdits: number;
  readonly nameEdits: number;
  readonly gradeEdits: number;
  /** The person has left and is only listed as `tobedeleted`. */
  readonly departed: boolean;
}

const untouched: PlaceHistory = {
  changes: 0,
  generation: 0,
  contactEdits: 0,
  nameEdits: 0,
  gradeEdits: 0,
  departed: false,
};

/** The history of a place: edits of contacts, names and grades, and people leaving and arriving. */
export function historyOf(hash: number, night: number): PlaceHistory {
  const changes = changesUntil(hash, night);
  if (changes === 0) return untouched;
  const history = { ...untouched, changes };
  for (let change = 1; change <= changes; change += 1) {
    const kind = mix(hash, 5000 + change) % 100;
    if (history.departed || (kind >= 80 && kind < 94)) {
      history.generation += 1;
      history.departed = false;
    } else if (kind < 45) history.contactEdits += 1;
    else if (kind < 60) history.nameEdits += 1;
    else if (kind < 80) history.gradeEdits += 1;
    else history.departed = true;
  }
  return history;
}
