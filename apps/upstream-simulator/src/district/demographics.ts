import type { DemographicsRow } from '../roster.js';
import { modifiedAt } from './nights.js';
import { namesOf, placeAt, schooling, userId } from './people.js';
import type { DistrictPlan } from './plan.js';
import { chance, mix, padded, pick } from './random.js';

const cities = ['Springfield', 'San José', 'Zürich', 'Ciudad Juárez', 'Hà Nội', 'Львів', 'Łódź', 'São Paulo', 'Portland'] as const;
const states = ['CA', 'TX', 'NY', 'WA', 'IL', 'AZ', 'HI', 'MN'] as const;

/** The demographics of the n-th student. */
export function demographicsAt(plan: DistrictPlan, student: number): DemographicsRow {
  const place = placeAt(plan, plan.placeOf('student', student));
  const { community, female } = namesOf(plan, place);
  const { school, grade } = schooling(plan, place);
  const hash = mix(place.hash, 90);
  const age = (school.level === 'primary' ? 5 : 11) + grade;
  const twoOrMore = chance(hash >>> 3, 6);
  const abroad = chance(hash >>> 6, 12);
  return {
    id: userId(place),
    status: place.history.departed ? 'tobedeleted' : 'active',
    modified: modifiedAt(place.placeHash, place.history.changes),
    birthDate: `${2025 - age}-${padded(1 + (hash % 12), 2)}-${padded(1 + ((hash >>> 8) % 28), 2)}`,
    sex: female ? 'female' : 'male',
    flags: {
      americanIndianOrAlaskaNative: community.race === 'americanIndianOrAlaskaNative',
      asian: community.race === 'asian',
      blackOrAfricanAmerican: community.race === 'blackOrAfricanAmerican',
      nativeHawaiianOrOtherPacificIslander: false,
      white: community.race === 'white' || twoOrMore,
      demographicRaceTwoOrMoreRaces: twoOrMore,
      hispanicOrLatinoEthnicity: community.race === 'hispanicOrLatinoEthnicity',
    },
    countryOfBirthCode: abroad ? community.country : 'US',
    stateOfBirthAbbreviation: abroad ? undefined : pick(states, hash >>> 11),
    cityOfBirth: pick(cities, hash >>> 14),
    publicSchoolResidenceStatus: chance(hash >>> 17, 80) ? '01652' : undefined,
  };
}
