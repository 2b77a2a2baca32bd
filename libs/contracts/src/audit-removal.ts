import { z } from 'zod';
import type { AuditEntry } from './audit.js';
import { Sha256 } from './ids.js';

/** Action of the entries that tell of entries which grew too old and were removed. No route is called so. */
export const AUDIT_REMOVED = 'audit_removed';
/** The fewest days that entries are kept for. */
export const LEAST_AUDIT_DAYS = 30;

/** What such an entry says: the first entries of a chain, up to `number`, whose hash is `sha256`, may be gone; they were older than `keptDays`. */
const Removal = z.strictObject({ chain: z.uuid(), number: z.number().int().min(1), sha256: Sha256, keptDays: z.number().int().min(LEAST_AUDIT_DAYS).max(36_500) });
export type AuditRemoval = z.infer<typeof Removal>;

const WORDS = /^entries 1 to (\d{1,15}) of chain ([0-9a-f-]{36}), the last one ([0-9a-f]{64}), older than (\d{1,5}) days$/;

/** The words of a removal, as the `query` of its entry. */
export function removalText({ chain, number, sha256, keptDays }: AuditRemoval): string {
  return `entries 1 to ${number} of chain ${chain}, the last one ${sha256}, older than ${keptDays} days`;
}

/** The removal that an entry tells of; null when it tells of none. */
export function removalIn({ action, actor, query }: Pick<AuditEntry, 'action' | 'actor' | 'query'>): AuditRemoval | null {
  const [, number, chain, sha256, keptDays] = (action === AUDIT_REMOVED && actor === null && WORDS.exec(query ?? '')) || [];
  const removal = Removal.safeParse({ chain, number: Number(number), sha256, keptDays: Number(keptDays) });
  return removal.success ? removal.data : null;
}
