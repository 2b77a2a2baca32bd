import type { Member } from './class-rosters.js';
import type { ComparedFile, ComparedRecord } from './compared-file.js';
import { DifferenceCounts, type Differences } from './difference-counts.js';

/** Counts who joined and who left which class: a place is one person in one class in one role, and changed when only its mark as primary did. Four bytes of memory for each person before. */
export class RosterDifferences {
  readonly #counts = new DifferenceCounts();
  readonly #rowAfter: Uint32Array;

  constructor(private readonly before: ComparedFile | null, private readonly after: ComparedFile) {
    this.#rowAfter = new Uint32Array((before?.people ?? 0) + 1);
  }

  /** The same person stands in this row of one file and in that row of the other. Told of everybody before the first class. */
  moved(rowBefore: number, rowAfter: number): void {
    this.#rowAfter[rowBefore] = rowAfter;
  }

  /** Counts the places of one class. */
  count(was: ComparedRecord | null, is: ComparedRecord | null): void {
    const places = new Map<string, number>();
    for (const member of was === null || this.before === null ? [] : this.before.roster(was)) {
      const row = this.#rowAfter[member.row] as number;
      const role = this.before?.roleName(member) ?? '';
      if (row === 0) this.#add('removed', was, is, role);
      else places.set(`${row} ${role}`, primaryOf(member));
    }
    for (const member of is === null ? [] : this.after.roster(is)) {
      const role = this.after.roleName(member);
      const place = `${member.row} ${role}`;
      const primary = places.get(place);
      places.delete(place);
      if (primary === undefined) this.#add('added', was, is, role);
      else if (primary === primaryOf(member)) this.#counts.unchanged += 1;
      else this.#add('changed', was, is, role);
    }
    for (const place of places.keys()) this.#add('removed', was, is, place.slice(place.indexOf(' ') + 1));
  }

  /** Without samples: a place has no name of its own. */
  result(): Differences {
    return { ...this.#counts.result(), samples: { added: [], removed: [], changed: [] } };
  }

  #add(difference: 'added' | 'removed' | 'changed', was: ComparedRecord | null, is: ComparedRecord | null, role: string): void {
    const record = is ?? was;
    if (record === null) return;
    const { schools } = (is === null ? this.before ?? this.after : this.after).facts('classes', record);
    this.#counts.add(difference, record.id, { name: '', roles: [role], schools }, () => []);
  }
}

/** 0 unknown, 1 no, 2 yes. */
function primaryOf({ kind }: Member): number {
  return kind & 3;
}
