import type { NormalUser } from '@lastgood/contracts';
import { datasetsOf } from './datasets-of.js';

/** That one user's record names another as its guardian or child. Not yet a link: the other end may not exist. */
export interface LinkClaim {
  guardianId: string;
  childId: string;
  /** Whose record says so. */
  saidBy: 'child' | 'guardian';
}

/**
 * What a user's agents claim: guardians for a student, children for a guardian, both for a user that is both, nothing for anybody else and
 * nothing about itself. No pair twice.
 */
export function linkClaims(user: Pick<NormalUser, 'sourcedId' | 'roles' | 'agentIds'>): LinkClaim[] {
  if (user.agentIds.length === 0) return [];
  const datasets = datasetsOf(user);
  const others = [...new Set(user.agentIds)].filter((id) => id !== user.sourcedId);
  const claims: LinkClaim[] = [];
  if (datasets.includes('students')) for (const guardianId of others) claims.push({ guardianId, childId: user.sourcedId, saidBy: 'child' });
  if (datasets.includes('parents')) for (const childId of others) claims.push({ guardianId: user.sourcedId, childId, saidBy: 'guardian' });
  return claims;
}

/**
 * Whether a claim is a link, by the datasets of the user at its other end (undefined: no such user). `wrong_kind`: the child is no student, or
 * the guardian is nothing but a student; a teacher named by a child is a guardian, its record need not say so. Links of both sides' claims
 * are united by the pair; `missing` is an unresolved link, counted and shown. A user that is student and parent claims each agent both ways
 * and the wrong way is no finding: count `wrong_kind` only where no claim of the same two users holds.
 */
export function judgeClaim(claim: LinkClaim, otherEnd: readonly string[] | undefined): 'link' | 'missing' | 'wrong_kind' {
  if (otherEnd === undefined) return 'missing';
  if (claim.saidBy === 'guardian') return otherEnd.includes('students') ? 'link' : 'wrong_kind';
  return otherEnd.some((dataset) => dataset !== 'students') ? 'link' : 'wrong_kind';
}
