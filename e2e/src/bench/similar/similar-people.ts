import type { NormalUser } from '@lastgood/contracts';
import type { GeneratedDistrict } from '@lastgood/upstream-simulator';
import { seeded } from '../queries.js';

const SYLLABLES = ['ba', 'ber', 'bo', 'chan', 'da', 'del', 'dri', 'el', 'fa', 'fen', 'gar', 'go', 'ha', 'hol', 'i', 'jan', 'ka', 'kow', 'la', 'lind', 'lo', 'mar', 'me', 'mon', 'na', 'ngu', 'no', 'o', 'pa', 'per', 'qui', 'ra', 'ro', 'sa', 'sen', 'ski', 'so', 'ta', 'tor', 'u', 'va', 'ven', 'wal', 'wi', 'xi', 'ya', 'ze', 'zo'];
const RARE_SHARE = 0.45;
/** Every so many people has a name of six words or more. */
const LONG_NAMES = 10;
const SEEDS_APART = 7919;
const ID_DIGITS = 8;

/** The people of a district, of whom almost half have a family name that hardly anybody else has: ten times as many different words as a district of this size has. */
export class PeopleOfManyNames {
  constructor(private readonly district: GeneratedDistrict) {}

  get count(): number {
    return this.district.count('users');
  }

  /** A person by place; always the same. Ids are in order of places. */
  at(place: number): NormalUser {
    const random = seeded(place * SEEDS_APART);
    const { givenName, familyName, middleName, grades } = this.district.at('users', place) as unknown as { givenName: string; familyName: string; middleName?: string; grades: string[] };
    const family = random() < RARE_SHARE ? rareName(random) : familyName;
    const isLong = place % LONG_NAMES === 0;
    return {
      sourcedId: String(place).padStart(ID_DIGITS, '0'), status: 'active', dateLastModified: null, username: null, email: null, phone: null, sms: null, identifier: null, userIds: [],
      givenName: isLong ? `${givenName} ${this.#givenNameOf(place + 1)}` : givenName, middleName: isLong ? `${this.#givenNameOf(place + 2)} ${this.#givenNameOf(place + 3)}` : (middleName ?? null),
      familyName: isLong ? `${family} ${rareName(random)}` : family, preferredName: null, roles: ['student'], grades, orgIds: [`school-${place % 500}`], agentIds: [], enabled: true,
    };
  }

  #givenNameOf(place: number): string {
    return (this.district.at('users', place % this.count) as unknown as { givenName: string }).givenName;
  }
}

function rareName(random: () => number): string {
  const count = 3 + Math.floor(random() * 2);
  return Array.from({ length: count }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('');
}
