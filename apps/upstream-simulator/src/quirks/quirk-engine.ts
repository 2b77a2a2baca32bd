import { storedIn, type Collection } from '../roster.js';
import type { Quirk, QuirkKind, QuirkOf } from './quirk.js';

/** What a quirk's scope is compared with. */
export interface QuirkTarget {
  readonly on: 'data' | 'applications' | 'token';
  readonly collection?: Collection;
  readonly offset: number;
}

/** The quirks that one request meets, at most one of each kind. */
export class FiredQuirks {
  readonly #byKind = new Map<QuirkKind, Quirk>();

  add(quirk: Quirk): void {
    if (!this.#byKind.has(quirk.kind)) this.#byKind.set(quirk.kind, quirk);
  }

  get<K extends QuirkKind>(kind: K): QuirkOf<K> | undefined {
    return this.#byKind.get(kind) as QuirkOf<K> | undefined;
  }

  has(kind: QuirkKind): boolean {
    return this.#byKind.has(kind);
  }

  get size(): number {
    return this.#byKind.size;
  }
}

interface Armed {
  readonly quirk: Quirk;
  matched: number;
  fired: number;
}

/** Decides which quirks a request meets, counting `after` and `times` of each. */
export class QuirkEngine {
  #armed: Armed[] = [];

  constructor(quirks: readonly Quirk[]) {
    this.replace(quirks);
  }

  /** Forgets all quirks and their counts and arms these. */
  replace(quirks: readonly Quirk[]): void {
    this.#armed = quirks.map((quirk) => ({ quirk, matched: 0, fired: 0 }));
  }

  add(quirk: Quirk): void {
    this.#armed.push({ quirk, matched: 0, fired: 0 });
  }

  /** The quirks that are set, with how many requests each matched and changed. */
  list(): { quirk: Quirk; matched: number; fired: number }[] {
    return this.#armed.map((armed) => ({ ...armed }));
  }

  fire(target: QuirkTarget): FiredQuirks {
    const fired = new FiredQuirks();
    for (const armed of this.#armed) {
      if (!applies(armed.quirk, target)) continue;
      armed.matched += 1;
      if (armed.matched <= armed.quirk.after) continue;
      if (armed.quirk.times !== undefined && armed.fired >= armed.quirk.times) continue;
      if (armed.quirk.kind === 'rateLimit429' && (armed.matched - armed.quirk.after) % armed.quirk.every !== 0) continue;
      armed.fired += 1;
      fired.add(armed.quirk);
    }
    return fired;
  }
}

function applies(quirk: Quirk, target: QuirkTarget): boolean {
  if (quirk.on !== target.on) return false;
  if (quirk.kind === 'demographics403' && target.collection !== 'demographics') return false;
  if (quirk.fromOffset !== undefined && target.offset < quirk.fromOffset) return false;
  if (quirk.collection === undefined) return true;
  if (target.collection === undefined) return false;
  return quirk.collection === target.collection || quirk.collection === storedIn[target.collection];
}
