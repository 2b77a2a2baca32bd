import { hash } from 'node:crypto';
import { auditText, NO_ENTRY_BEFORE, ServiceError, type AuditEntry, type AuditRecord } from '@lastgood/contracts';
import type { Clock, Log } from '@lastgood/service-runtime';
import type { Segments } from './segments.js';

const MAX_BATCH = 1_000;
/** Requests that wait for their entry; more are refused. */
const MAX_WAITING = 10_000;

/** What an entry says besides its place in the chain and its time. */
export type AuditFacts = Omit<AuditEntry, 'id' | 'at' | 'chain' | 'number'>;

interface Waiting {
  facts: AuditFacts;
  entered: (line: string) => void;
  failed: (error: ServiceError) => void;
}

interface Chain {
  id: string;
  number: number;
  sha256: string;
  at: string;
}

/**
 * The audit trail of this process: one chain, each entry with the hash of the one before. Entries that come while the disk writes go together with the next write, so nobody waits
 * longer than two writes. A write that fails ends the chain, and a new one begins.
 */
export class AuditTrail {
  readonly #waiting: Waiting[] = [];
  #chain: Chain | null = null;
  #writing: Promise<void> | null = null;

  constructor(
    private readonly segments: Segments,
    private readonly clock: Clock,
    private readonly random: { uuid(): string },
    private readonly log: Log,
    private readonly wake: () => void,
  ) {}

  /** Resolves with the entry's line of JSON when it is on this disk; rejects `audit_unavailable` when it cannot be written: what it is about must not happen then. */
  enter(facts: AuditFacts): Promise<string> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(unavailable());
    return new Promise((entered, failed) => {
      this.#waiting.push({ facts, entered, failed });
      this.#writing ??= this.#write();
    });
  }

  /** Waits for the entries under way. */
  async close(): Promise<void> {
    await this.#writing;
    await this.segments.close();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever comes in the same turn of the event loop goes along: a write costs more than what it carries.
      await new Promise(setImmediate);
      const batch = this.#waiting.splice(0, MAX_BATCH);
      const chain = this.#chain ?? { id: this.random.uuid(), number: 0, sha256: NO_ENTRY_BEFORE, at: '' };
      const lines = batch.map(({ facts }) => this.#line(chain, facts));
      try {
        await this.segments.append(lines.map((line) => `${line}\n`).join(''));
        this.#chain = chain;
        for (const [index, { entered }] of batch.entries()) entered(lines[index] as string);
        this.wake();
      } catch (cause) {
        this.#chain = null;
        this.log.error('Audit entries cannot be written; what they are about is refused.', cause, { entries: batch.length });
        for (const { failed } of batch) failed(unavailable(cause));
      }
    }
    this.#writing = null;
  }

  /** The next line of the chain, which it moves on. */
  #line(chain: Chain, facts: AuditFacts): string {
    const now = new Date(this.clock.now()).toISOString();
    chain.at = now > chain.at ? now : chain.at;
    const previous = chain.sha256;
    chain.number += 1;
    const unsealed: Omit<AuditRecord, 'sha256'> = { id: `${chain.id}:${chain.number}`, at: chain.at, ...facts, chain: chain.id, number: chain.number, previous };
    chain.sha256 = hash('sha256', auditText(unsealed), 'hex');
    return JSON.stringify({ ...unsealed, sha256: chain.sha256 });
  }
}

function unavailable(cause?: unknown): ServiceError {
  return new ServiceError('unavailable', 'audit_unavailable', 'The audit trail cannot be written, so nothing is answered; see the log of the gateway.', { retryable: true, retryAfterMs: 5_000, cause });
}
