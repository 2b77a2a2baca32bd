import { createHash, hash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'lg_';
const RANDOM_LENGTH = 40;
const CHECKSUM_LENGTH = 6;

/** A new key: `lg_`, 40 random characters (238 bits), 6 characters of checksum. `randomBytes` gives n random bytes. */
export function makeApiKey(randomBytes: (n: number) => Uint8Array): string {
  let random = '';
  while (random.length < RANDOM_LENGTH) {
    for (const byte of randomBytes(RANDOM_LENGTH)) {
      // Bytes from 248 on would make the first eight characters more likely.
      if (byte < 248 && random.length < RANDOM_LENGTH) random += ALPHABET[byte % 62];
    }
  }
  return PREFIX + random + checksum(random);
}

/** Whether a text has the form and the checksum of a key: tells a typing error from a foreign key without any look-up. */
export function isWellFormedKey(key: string): boolean {
  if (!/^lg_[0-9A-Za-z]{46}$/.test(key)) return false;
  return checksum(key.slice(PREFIX.length, PREFIX.length + RANDOM_LENGTH)) === key.slice(-CHECKSUM_LENGTH);
}

/** What is kept of a key: its SHA-256, hexadecimal. */
export function hashOfKey(key: string): string {
  return hash('sha256', key, 'hex');
}

function checksum(random: string): string {
  let value = createHash('sha256').update(random).digest().readUInt32BE(0);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    text = ALPHABET[value % 62] + text;
    value = Math.floor(value / 62);
  }
  return text;
}
