import { createHash } from 'node:crypto';

/**
 * Replicas in the order in which a district should ask them, by rendezvous hashing (Thaler and Ravishankar, 1998): the same wherever it is computed, and a
 * replica that comes or goes moves only the places that are its own.
 */
export function rankReplicas(district: string, replicas: readonly string[]): string[] {
  const weighed = replicas.map((replica) => ({ replica, weight: weightOf(district, replica) }));
  weighed.sort((a, b) => (a.weight === b.weight ? compare(a.replica, b.replica) : b.weight - a.weight));
  return weighed.map(({ replica }) => replica);
}

/** 48 bits, which a number holds exactly. */
function weightOf(district: string, replica: string): number {
  return createHash('sha256').update(`${district}\n${replica}`).digest().readUIntBE(0, 6);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
