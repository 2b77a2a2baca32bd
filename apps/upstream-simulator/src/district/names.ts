import { nameLists, tailNames, type NameList } from './name-lists.js';
import { chance, mix, pick, zipfRank } from './random.js';

/** A name as it is written and in the letters a to z. */
export interface Name {
  readonly text: string;
  readonly latin: string;
}

/** One language community with its names parsed, most common first. */
export interface Community {
  readonly family: readonly Name[];
  readonly female: readonly Name[];
  readonly male: readonly Name[];
  readonly race: NameList['race'];
  readonly country: string;
}

const withoutDecomposition: Readonly<Record<string, string>> = {
  ß: 'ss', æ: 'ae', Æ: 'Ae', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D', ł: 'l', Ł: 'L', ı: 'i', þ: 'th', Þ: 'Th', ð: 'd',
};

/** The name in lower-case letters a to z. */
export function toLatin(text: string): string {
  return text
    .replace(/[ßæÆøØđĐłŁıþÞð]/g, (letter) => withoutDecomposition[letter] ?? '')
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}

function parse(list: string): Name[] {
  return list.split(' ').map((entry) => {
    const [text = '', latin] = entry.replaceAll('_', ' ').split('=');
    return { text, latin: toLatin(latin ?? text) };
  });
}

export const communities: readonly Community[] = nameLists.map(({ family, female, male, race, country }) => ({
  family: parse(family),
  female: parse(female),
  male: parse(male),
  race,
  country,
}));

const totalWeight = nameLists.reduce((sum, { weight }) => sum + weight, 0);

const communityByWeight: Uint8Array = Uint8Array.from(
  nameLists.flatMap(({ weight }, index) => Array.from({ length: weight }, () => index)),
);

const tailFirst = tailNames.first.split(' ');
const tailLast = tailNames.last.split(' ');
const tailFamilies: readonly Name[] = tailFirst.flatMap((first) =>
  tailLast.map((last) => ({ text: first + last, latin: toLatin(first + last) })),
);

/** The language community of a family. */
export function communityOf(hash: number): Community {
  return communities[communityByWeight[hash % totalWeight] as number] as Community;
}

/** A family name: few are very common, and about one in six comes from a long tail of rare and double names. */
export function familyName(community: Community, hash: number): Name {
  const style = mix(hash, 1);
  const common = community.family[zipfRank(community.family.length, hash)] as Name;
  if (chance(style, 84)) return common;
  const rare = tailFamilies[zipfRank(tailFamilies.length, mix(hash, 2))] as Name;
  if (style % 3 !== 0) return rare;
  return { text: `${common.text}-${rare.text}`, latin: common.latin + rare.latin };
}

/** A given name of the community, or for about a fifth of the people one of the largest community. */
export function givenName(community: Community, female: boolean, hash: number): Name {
  const source = chance(mix(hash, 3), 20) ? (communities[0] as Community) : community;
  const names = female ? source.female : source.male;
  return names[zipfRank(names.length, hash)] as Name;
}

/** A second given name, all equally likely. */
export function middleName(community: Community, female: boolean, hash: number): Name {
  return pick(female ? community.female : community.male, hash);
}
