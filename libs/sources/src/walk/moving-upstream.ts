import type { UpstreamPage, UpstreamRecord } from '../oneroster/upstream-page.js';
import type { AcceptedPage, GetPage, WalkSink } from './walk-types.js';

/** One thing that happens to the rows of a MovingUpstream; numbers pick rows and places, whatever their size. */
export interface Change {
  kind: 'none' | 'insert' | 'delete' | 'replace' | 'edit' | 'move' | 'shuffle';
  row: number;
  place: number;
}

export interface Habits {
  /** Serves rows by id; else in an order of its own. */
  sorted: boolean;
  /** Most rows it serves on a page, whatever is asked. */
  clamp: number;
  total: 'none' | 'honest' | 'zero' | 'larger' | 'page-count' | 'sometimes';
  revision: 'none' | 'constant' | 'moves';
  ignoresOffset: boolean;
  /** New ids only, so that a row never comes back at another place. */
  freshIds: boolean;
  /** Changes before each answer. */
  burst: number;
}

export const CALM: Habits = { sorted: true, clamp: 1000, total: 'none', revision: 'none', ignoresOffset: false, freshIds: false, burst: 1 };

const idOf = (number: number): string => `u${String(number).padStart(4, '0')}`;

/** An upstream for tests whose rows change while it is read: `burst` changes before each answer. It knows which rows were there all the time. */
export class MovingUpstream {
  readonly rows: { id: string; version: number }[] = [];
  /** Ids there since the beginning without a gap. */
  readonly always: Set<string>;
  calls = 0;
  private revisions = 0;
  private next = 5000;
  private served = 0;

  constructor(count: number, private readonly habits: Habits, private readonly changes: readonly Change[], private readonly delays: readonly number[] = []) {
    // Odd numbers leave room between the rows.
    for (let row = 0; row < count; row += 1) this.rows.push({ id: idOf(row * 2 + 1), version: 0 });
    if (!habits.sorted) this.rows.reverse();
    this.always = new Set(this.rows.map(({ id }) => id));
  }

  readonly getPage: GetPage = async ({ offset, limit }) => {
    const delay = this.delays.length === 0 ? 0 : this.delays[this.calls % this.delays.length]!;
    this.calls += 1;
    for (let turn = 0; turn <= delay; turn += 1) await Promise.resolve();
    return this.serve(offset, limit);
  };

  private serve(offset: number, limit: number): UpstreamPage {
    const { burst } = this.habits;
    for (const change of this.changes.slice(this.served * burst, (this.served + 1) * burst)) this.apply(change);
    this.served += 1;
    const start = this.habits.ignoresOffset ? 0 : offset;
    const page = this.rows.slice(start, start + Math.min(limit, this.habits.clamp));
    return {
      records: page.map(({ id, version }): UpstreamRecord => ({ sourcedId: id, givenName: `v${version}` })),
      toldTotal: this.total(page.length),
      revision: this.habits.revision === 'none' ? null : String(this.habits.revision === 'moves' ? this.revisions : 0),
    };
  }

  private total(pageRows: number): number | null {
    switch (this.habits.total) {
      case 'none': return null;
      case 'honest': return this.rows.length;
      case 'zero': return 0;
      case 'larger': return this.rows.length + 3;
      case 'page-count': return pageRows;
      case 'sometimes': return this.served % 3 === 0 ? null : this.rows.length;
    }
  }

  private apply({ kind, row, place }: Change): void {
    const index = this.rows.length === 0 ? 0 : row % this.rows.length;
    if (kind !== 'none') this.revisions += 1;
    if (kind === 'insert') this.insert(place);
    if (kind === 'shuffle') this.rows.sort((a, b) => ((a.id.charCodeAt(4) * 7 + row) % 13) - ((b.id.charCodeAt(4) * 7 + row) % 13) || (place % 2 === 0 ? 1 : -1) * a.id.localeCompare(b.id));
    if (this.rows.length === 0) return;
    if (kind === 'delete') this.remove(index);
    if (kind === 'replace') {
      this.remove(index);
      this.insert(place);
    }
    if (kind === 'edit') this.rows[index]!.version += 1;
    if (kind === 'move' && !this.habits.sorted) this.rows.splice(place % this.rows.length, 0, ...this.rows.splice(index, 1));
    if (kind === 'shuffle' && this.habits.sorted) this.sort();
  }

  private remove(index: number): void {
    const [gone] = this.rows.splice(index, 1);
    if (gone !== undefined) this.always.delete(gone.id);
  }

  private insert(place: number): void {
    this.next += 1;
    const id = this.habits.freshIds ? idOf(this.next) : idOf(place % 200);
    if (this.rows.some((row) => row.id === id)) return;
    this.rows.splice(place % (this.rows.length + 1), 0, { id, version: 0 });
    if (this.habits.sorted) this.sort();
  }

  private sort(): void {
    this.rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

/** Keeps what a walk lands, for tests. */
export class KeptPages implements WalkSink {
  pages: AcceptedPage[] = [];
  reasons: string[] = [];

  async land(page: AcceptedPage): Promise<void> {
    this.pages.push(page);
  }

  async restart(round: number, reason: { code: string }): Promise<void> {
    this.pages = [];
    this.reasons.push(`${round} ${reason.code}`);
  }

  get ids(): string[] {
    return this.pages.flatMap((page) => page.records.map((record) => record.sourcedId));
  }
}
