/** An even 32-bit unsigned number for a pair of 32-bit integers: always the same for the same pair. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((b + 0x7f4a7c15) | 0, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A 32-bit seed from a text and a number. */
export function seedOf(text: string, seed: number): number {
  let hash = seed | 0;
  for (let index = 0; index < text.length; index += 1) hash = mix(hash, text.charCodeAt(index));
  return hash >>> 0;
}

/** True for about `percent` of all hashes. */
export function chance(hash: number, percent: number): boolean {
  return hash % 1000 < percent * 10;
}

/** One of the items, all equally likely. */
export function pick<T>(items: readonly T[], hash: number): T {
  return items[hash % items.length] as T;
}

const log2to32 = 4294967296;

/** A rank from 0 to size - 1 with Zipf's distribution: rank r is about 1 / (r + 1) as common as rank 0. */
export function zipfRank(size: number, hash: number): number {
  const rank = Math.floor(Math.pow(size + 1, hash / log2to32)) - 1;
  return rank < size ? rank : size - 1;
}

/** A number with leading zeros. */
export function padded(value: number, width: number): string {
  const digits = String(value);
  return digits.length >= width ? digits : '0000000000'.slice(0, width - digits.length) + digits;
}
