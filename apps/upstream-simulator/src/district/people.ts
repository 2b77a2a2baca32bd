import { type RoleRow, type UserRow } from '../roster.js';
import { blockSize, type Slot } from './household.js';
import { communityOf, familyName, givenName, middleName, type Community, type Name } from './names.js';
import { historyOf, modifiedAt, type PlaceHistory } from './nights.js';
import { gradesOf, levelOfOrdinal, type DistrictPlan, type School } from './plan.js';
import { chance, mix, padded, pick } from './random.js';

/** Everything about one place that the records of other collections need too. */
export interface Place {
  readonly index: number;
  readonly block: number;
  readonly slot: Slot;
  /** Belongs to the place whoever stands there. */
  readonly placeHash: number;
  /** Belongs to the person: another one after a newcomer took the place. */
  readonly hash: number;
  readonly history: PlaceHistory;
}

const oddEndings = ['/7_1553', ' é', '+%2F', '=FY', '~ß&x'] as const;

export function placeAt(plan: DistrictPlan, index: number): Place {
  const block = Math.floor(index / blockSize);
  const slot = plan.layout(block).slots[index - block * blockSize] as Slot;
  const placeHash = mix(plan.seed, index + 0x1000000);
  const history = historyOf(placeHash, plan.night);
  const hash = history.generation === 0 ? placeHash : mix(placeHash, 9000 + history.generation);
  return { index, block, slot, placeHash, hash, history };
}

/** What follows the place's number in ids: empty, a newcomer's generation, or something odd. */
export function idEnding(place: Place): string {
  const { generation } = place.history;
  if (place.placeHash % 997 === 0) return (generation === 0 ? '' : `-${generation}`) + pick(oddEndings, place.placeHash >>> 12);
  return generation === 0 ? '' : `-${generation}`;
}

export function userId(place: Place): string {
  return `p${padded(place.index, 7)}${idEnding(place)}`;
}

/** School and grade of a student. */
export function schooling(plan: DistrictPlan, place: Place): { school: School; grade: number } {
  const level = levelOfOrdinal[place.slot.ordinal] as keyof typeof gradesOf;
  const grade = (mix(place.hash, 7) + place.history.gradeEdits) % gradesOf[level].length;
  return { school: plan.school(place.block, level), grade };
}

const familyHash = (plan: DistrictPlan, place: Place): number =>
  place.slot.family < 0 ? place.hash : mix(mix(plan.seed, place.block + 0x2000000), place.slot.family);

interface NamedPerson {
  readonly community: Community;
  readonly female: boolean;
  readonly given: Name;
  readonly family: Name;
}

/** Language community, sex and names; families share the community and mostly the family name. */
export function namesOf(plan: DistrictPlan, place: Place): NamedPerson {
  const shared = familyHash(plan, place);
  const community = communityOf(mix(shared, 21));
  const female = place.hash % 2 === 0;
  const { nameEdits } = place.history;
  const ownFamilyName = nameEdits > 0 || (place.slot.kind === 'guardian' && place.slot.member > 0 && chance(mix(place.hash, 22), 35));
  const family = familyName(community, ownFamilyName ? mix(place.hash, 23 + nameEdits) : mix(shared, 23));
  return { community, female, given: givenName(community, female, mix(place.hash, 24)), family };
}

function phoneNumber(hash: number): string {
  const area = 200 + (hash % 790);
  const line = padded((hash >>> 10) % 10000, 4);
  switch ((hash >>> 24) % 4) {
    case 0:
      return `(${area}) 555-${line}`;
    case 1:
      return `+1${area}555${line}`;
    case 2:
      return `${area}.555.${line}`;
    default:
      return `${area}-555-${line}`;
  }
}

const mailHosts = ['mail.example', 'post.example', 'family.example.net', 'example.org', 'inbox.example.com'] as const;

function staffRole(place: Place): string {
  if (place.slot.ordinal < 2) return 'teacher';
  switch (place.block % 8) {
    case 0:
      return pick(['principal', 'siteAdministrator', 'districtAdministrator', 'counselor'], mix(place.hash, 31));
    case 1:
    case 5:
      return 'aide';
    default:
      return 'teacher';
  }
}

const primaryRole = (role: string, orgId: string): RoleRow => ({ roleType: 'primary', role, orgId });

function staffRoles(plan: DistrictPlan, place: Place): RoleRow[] {
  const role = staffRole(place);
  if (role === 'districtAdministrator') return [primaryRole(role, plan.districtOrgId)];
  const atPrimary = place.slot.ordinal === 0 || (place.slot.ordinal === 2 && place.placeHash % 2 === 0);
  const home = plan.school(place.block, atPrimary ? 'primary' : 'secondary');
  const roles = [primaryRole(role, home.id)];
  if (role === 'teacher' && chance(mix(place.placeHash, 32), 5)) {
    roles.push(primaryRole('teacher', plan.school(place.block, atPrimary ? 'secondary' : 'primary').id));
  }
  return roles;
}

function relatives(plan: DistrictPlan, place: Place): Place[] {
  const family = plan.layout(place.block).families[place.slot.family];
  if (family === undefined) return [];
  const slots = place.slot.kind === 'student' ? family.guardians : family.students;
  const first = place.block * blockSize;
  return slots
    .filter((slot) => first + slot < plan.people)
    .map((slot) => placeAt(plan, first + slot))
    .filter((relative) => !relative.history.departed);
}

function guardianRoles(plan: DistrictPlan, place: Place, children: readonly Place[]): RoleRow[] {
  const role =
    place.slot.member === 2 ? 'relative' : chance(mix(place.hash, 33), place.slot.member === 0 ? 8 : 20) ? 'guardian' : 'parent';
  const orgIds = new Set(children.map((child) => schooling(plan, child).school.id));
  if (orgIds.size === 0) orgIds.add(plan.school(place.block, 'primary').id);
  return [...orgIds].map((orgId) => primaryRole(role, orgId));
}

function contacts(plan: DistrictPlan, place: Place, person: NamedPerson): Pick<UserRow, 'username' | 'email' | 'phone' | 'sms'> {
  const { kind } = place.slot;
  const { contactEdits } = place.history;
  const hash = mix(place.hash, 40 + contactEdits);
  const number = place.index.toString(36);
  const domain = `${plan.parameters.districtId}.example`;
  if (kind === 'student') {
    const username = `${person.given.latin.charAt(0)}${person.family.latin.slice(0, 14)}${number}`;
    return {
      username,
      email: chance(hash, 88) ? `${username}@students.${domain}` : undefined,
      phone: chance(hash >>> 5, 15) ? phoneNumber(mix(hash, 1)) : undefined,
      sms: undefined,
    };
  }
  const username = `${person.given.latin}.${person.family.latin}`.slice(0, 40) + number;
  if (kind === 'staff') return { username, email: `${username}@${domain}`, phone: phoneNumber(mix(hash, 1)), sms: undefined };
  const phone = phoneNumber(mix(hash, 1));
  return {
    username,
    email: chance(hash, 86) ? `${username}@${pick(mailHosts, hash >>> 7)}` : undefined,
    phone: chance(hash >>> 5, 94) ? phone : undefined,
    sms: chance(hash >>> 9, 60) ? phone : undefined,
  };
}

const typeOfId = { student: 'stateId', guardian: 'portal', staff: 'employee' } as const;
const noGrades: readonly string[] = [];

/** The user record of the person at a place, from 0 to the plan's number of people - 1. */
export function userAt(plan: DistrictPlan, index: number): UserRow {
  const place = placeAt(plan, index);
  const person = namesOf(plan, place);
  const { kind } = place.slot;
  const family = kind === 'staff' ? [] : relatives(plan, place);
  const student = kind === 'student' ? schooling(plan, place) : undefined;
  const roles =
    student !== undefined
      ? [primaryRole('student', student.school.id)]
      : kind === 'guardian'
        ? guardianRoles(plan, place, family)
        : staffRoles(plan, place);
  const identifier = kind === 'guardian' ? undefined : padded(mix(place.hash, 50), 10);
  const extra = mix(place.hash, 51);
  return {
    id: userId(place),
    status: place.history.departed ? 'tobedeleted' : 'active',
    modified: modifiedAt(place.placeHash, place.history.changes),
    enabled: !chance(extra, 2),
    givenName: person.given.text,
    familyName: person.family.text,
    middleName: chance(extra >>> 4, 30) ? middleName(person.community, person.female, mix(extra, 1)).text : undefined,
    preferredFirstName: chance(extra >>> 8, 4) ? givenName(person.community, person.female, mix(extra, 2)).text : undefined,
    pronouns: chance(extra >>> 12, 3) ? (person.female ? 'she/her/hers' : 'he/him/his') : undefined,
    masterIdentifier: identifier === undefined ? undefined : `m-${identifier}`,
    primaryOrgId: roles[0]?.orgId,
    identifier,
    ...contacts(plan, place, person),
    password: kind === 'student' && chance(extra >>> 16, 15) ? `Pw-${extra.toString(36)}` : undefined,
    userIds: identifier === undefined ? [] : [{ type: typeOfId[kind], identifier }],
    roles,
    // Nobody names who has left, so who has left names nobody.
    agentIds: place.history.departed ? [] : family.map(userId),
    grades: student === undefined ? noGrades : [gradesOf[student.school.level][student.grade] as string],
    metadata: chance(extra >>> 20, 10) ? { 'simulator.homeLanguage': person.community.country } : undefined,
  };
}

const teachersPerEight = 21;
/** Staff ordinals that teach, within eight blocks. */
const teacherOrdinals = Array.from({ length: 24 }, (_, staff) => staff).filter((staff) => {
  const block = Math.floor(staff / 3);
  return staff % 3 < 2 || (block !== 0 && block !== 1 && block !== 5);
});

/** How many of the district's staff teach. */
export function teacherCount(plan: DistrictPlan): number {
  const staff = plan.count('staff');
  const rest = staff % 24;
  return ((staff - rest) / 24) * teachersPerEight + teacherOrdinals.filter((ordinal) => ordinal < rest).length;
}

/** The staff ordinal of the n-th teacher. */
export function staffOrdinalOfTeacher(teacher: number): number {
  return Math.floor(teacher / teachersPerEight) * 24 + (teacherOrdinals[teacher % teachersPerEight] as number);
}
