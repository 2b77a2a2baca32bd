import type { LandedPage } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';

/** Pages of a walk that never began anew; later rounds put their number before the offset. */
const FIRST_ROUND_PAGE = /^([0-9]{10,12})\.jsonl\.zst$/;

/**
 * What of one collection was read before its page list was there. It counts only if the page list, which alone says what the collection is,
 * begins with exactly these pages; else whatever was made of them has to go.
 */
export class LandedAhead {
  /** What was read, as the page list has to say it. */
  readonly pages: LandedPage[] = [];
  #last: string | undefined;
  #isElsewhere = false;
  #broken = false;

  /** `folder`: the collection's in the staging of one epoch. */
  constructor(private readonly store: ObjectStore, private readonly folder: string) {}

  /** Pages that landed since it was last asked, in order. None where the first rows are elsewhere: an earlier epoch landed them. */
  async *since(): AsyncGenerator<Pick<LandedPage, 'key' | 'offset'>, void, undefined> {
    if (this.#broken || this.#isElsewhere) return;
    for await (const { key } of this.store.list(this.folder, this.#last === undefined ? {} : { after: this.#last })) {
      const found = FIRST_ROUND_PAGE.exec(key.slice(this.folder.length));
      if (found === null) continue;
      const offset = Number(found[1]);
      this.#isElsewhere = this.#last === undefined && offset !== 0;
      if (this.#isElsewhere) return;
      this.#last = key;
      yield { key, offset };
    }
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  /** A page could not be read: nothing of this can be used, and no more of it is read. */
  giveUp(): void {
    this.#broken = true;
  }

  /** True when the page list begins with what was read. */
  isBeginningOf(pages: readonly LandedPage[]): boolean {
    return !this.#broken && this.pages.every((read, index) => {
      const listed = pages[index];
      return listed !== undefined && listed.key === read.key && listed.offset === read.offset && listed.rows === read.rows && listed.sha256 === read.sha256 && listed.size === read.size;
    });
  }
}
