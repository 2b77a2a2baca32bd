const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Bytes of chance; `node:crypto`'s `randomBytes` in production, seeded in tests. */
export type RandomBytes = (size: number) => Uint8Array;

/** Makes ids: ULIDs in lower case, 26 characters, ascending within one maker (ulid/spec: 48 bits of milliseconds, 80 of chance). */
export class IdMaker {
  #lastMs = -1;
  #chance = 0n;

  constructor(private readonly clock: { now(): number }, private readonly random: RandomBytes) {}

  next(): string {
    const now = this.clock.now();
    if (now > this.#lastMs) {
      this.#lastMs = now;
      this.#chance = this.#fresh();
    } else {
      this.#chance = (this.#chance + 1n) % (1n << 80n);
    }
    return encode(BigInt(this.#lastMs), 10) + encode(this.#chance, 16);
  }

  #fresh(): bigint {
    return this.random(10).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
}

function encode(value: bigint, length: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = ALPHABET.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
}
