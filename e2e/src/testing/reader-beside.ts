import { setTimeout as delay } from 'node:timers/promises';
import { StudentsAnswer } from '@lastgood/contracts';
import { Oracle } from './oracle.js';
import { DISTRICT, type Product } from './product.js';

export interface ReadReport {
  reads: number;
  /** Answers that were no success, or no answer at all. */
  failed: number;
  /** Answers that differ from what the oracle finds in the snapshot they name. */
  wrong: number;
  /** Answers with an older log number than an answer before them. */
  backwards: number;
}

/** A reader that searches again and again while things happen, and compares every answer with the JSONL of the snapshot it names. */
export class ReaderBeside {
  readonly #report: ReadReport = { reads: 0, failed: 0, wrong: 0, backwards: 0 };
  readonly #oracles = new Map<string, Oracle>();
  #stopping = false;
  #loop: Promise<void> | null = null;
  #logNumber = 0;

  constructor(private readonly product: Product) {}

  start(): void {
    this.#stopping = false;
    this.#loop ??= this.#read();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    this.#loop = null;
  }

  report(): ReadReport {
    return { ...this.#report };
  }

  async #read(): Promise<void> {
    const words = ['a', 'ma', 'jo', 'le', 'an'];
    for (let index = 0; !this.#stopping; index += 1) {
      await this.#readOnce(words[index % words.length] ?? 'a');
      await delay(5);
    }
  }

  async #readOnce(q: string): Promise<void> {
    this.#report.reads += 1;
    const response = await this.product.fetch(`/api/v1/districts/${DISTRICT}/students?q=${q}&limit=200`).catch(() => null);
    if (response?.status !== 200) {
      this.#report.failed += 1;
      return;
    }
    const [source] = StudentsAnswer.parse(await response.json()).sources;
    if (!source?.snapshot) {
      this.#report.failed += 1;
      return;
    }
    if (source.snapshot.logNumber < this.#logNumber) this.#report.backwards += 1;
    this.#logNumber = Math.max(this.#logNumber, source.snapshot.logNumber);
    const expected = (await this.#oracleOf(source.snapshot.id)).find({ q });
    const right = source.items.every(({ sourcedId }) => expected.has(sourcedId)) && source.items.length === Math.min(200, expected.size);
    if (!right) this.#report.wrong += 1;
  }

  async #oracleOf(snapshot: string): Promise<Oracle> {
    const known = this.#oracles.get(snapshot);
    if (known) return known;
    const oracle = new Oracle(await (await this.product.fetch(`/api/v1/districts/${DISTRICT}/snapshots/${snapshot}/files/students.jsonl`)).text());
    this.#oracles.set(snapshot, oracle);
    return oracle;
  }
}
