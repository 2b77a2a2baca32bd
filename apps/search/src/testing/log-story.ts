import fc from 'fast-check';
import type { Search } from '../search.js';
import { ask, codeOf, type TestBucket } from './read-side.js';
import { person, type WritingSide } from './writing-side.js';

/** An attempt as a test knows it. */
export interface Known {
  id: string;
  name: string;
  state: 'published' | 'held' | 'superseded' | 'rejected' | 'expired' | 'unfinished';
  /** True once readers got it. */
  served: boolean;
}

/** What a log should say, kept beside it. */
export class Model {
  readonly attempts: Known[] = [];
  current: Known | null = null;
  hold = false;

  /** Attempts that a record ended with a snapshot, oldest first. */
  get recorded(): Known[] {
    return this.attempts.filter(({ state }) => state !== 'unfinished');
  }
}

export type Step = 'publish' | 'partial' | 'quarantine' | 'fail' | 'leave' | 'approve' | 'reject' | 'rollback' | 'expire';

const anyStep = fc.constantFrom<Step>('publish', 'partial', 'quarantine', 'quarantine', 'fail', 'leave', 'approve', 'reject', 'rollback', 'expire', 'expire');
const beginnings = fc.constantFrom<Step[]>([], ['publish'], ['publish', 'publish'], ['quarantine']);

/** One to five steps of a log; most begin with the snapshots that later steps are about. */
export const steps: fc.Arbitrary<Step[]> = fc.tuple(beginnings, fc.array(anyStep, { minLength: 1, maxLength: 3 })).map((parts) => parts.flat());

/** Takes a step, if the log allows it now, in the log and in the model. */
async function take(step: Step, model: Model, writer: WritingSide): Promise<void> {
  const held = model.attempts.find(({ state }) => state === 'held');
  const other = model.attempts.find((known) => known.state === 'published' && known !== model.current);
  if (step === 'fail') model.attempts.push({ id: await writer.failedRun(), name: '', state: 'unfinished', served: false });
  else if (step === 'approve' && held) {
    await writer.log.approve({ snapshot: held.id, previewed: (await writer.log.read()).head, actor: 'test' });
    makeCurrent(model, held, false);
  } else if (step === 'rollback' && other) {
    await writer.log.rollback({ snapshot: other.id, actor: 'test' });
    makeCurrent(model, other, true);
  } else if (step === 'expire' && other) {
    await writer.log.expire({ snapshot: other.id, actor: 'test' });
    other.state = 'expired';
  } else if (step === 'reject' && held) {
    await writer.log.expire({ snapshot: held.id, actor: 'test' });
    held.state = 'rejected';
  } else if (step === 'publish' || step === 'partial' || step === 'quarantine' || step === 'leave') await takeSnapshot(step, model, writer);
}

function makeCurrent(model: Model, known: Known, hold: boolean): void {
  Object.assign(known, { state: 'published', served: true });
  model.current = known;
  model.hold = hold;
}

async function takeSnapshot(step: 'publish' | 'partial' | 'quarantine' | 'leave', model: Model, writer: WritingSide): Promise<void> {
  const number = model.recorded.length;
  const name = `Name${number}`;
  const verdict = step === 'leave' ? 'none' : step === 'quarantine' || model.hold ? 'quarantine' : 'publish';
  const people = ['a', 'b'].map((sourcedId) => person({ sourcedId, familyName: name }));
  const id = await writer.snapshot({ people, verdict, status: step === 'partial' ? 'partial' : 'complete', schemaVersion: `1.${number}`, calculationVersion: `2.${number}`, date: `2026-11-0${number + 1}` });
  const known: Known = { id, name, state: verdict === 'none' ? 'unfinished' : 'held', served: false };
  model.attempts.push(known);
  if (verdict === 'none') return;
  for (const before of model.attempts) if (before.state === 'held' && before !== known) before.state = 'superseded';
  if (verdict === 'publish') makeCurrent(model, known, false);
}

/** Tells stories of logs to one replica, each in a district of its own. */
export class Stories {
  #told = 0;

  constructor(private readonly bucket: TestBucket, private readonly search: Search, private readonly places: number) {}

  /** Takes steps one after the other, with `check` after each. */
  async tell(taken: readonly Step[], check: (model: Model, district: string) => Promise<void>): Promise<void> {
    if (this.#told === this.places) throw new Error('there are no more districts for stories');
    const district = `d${this.#told++}x`;
    const writer = this.bucket.writer(district);
    const model = new Model();
    await codeOf(ask(this.search, district));
    for (const step of taken) {
      await take(step, model, writer);
      await this.search.logGrew({ district, source: 'sis' });
      await check(model, district);
    }
  }
}
