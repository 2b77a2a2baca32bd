import {
  blockLayouts,
  blockSize,
  guardiansPerBlock,
  staffPerBlock,
  studentsPerBlock,
  type BlockLayout,
  type SlotKind,
} from './household.js';
import { mix, padded, seedOf } from './random.js';

export type Level = 'primary' | 'secondary';

export const gradesOf: Readonly<Record<Level, readonly string[]>> = {
  primary: ['KG', '01', '02', '03', '04', '05'],
  secondary: ['06', '07', '08', '09', '10', '11', '12'],
};

export const coreSubjects = 4;
export const electiveSubjects = 4;

/** A school: the blocks whose children attend it, and how many classes it holds. */
export interface School {
  readonly index: number;
  readonly id: string;
  readonly level: Level;
  readonly firstBlock: number;
  readonly blockCount: number;
  /** Sections of each grade (primary) or of each core subject of a grade (secondary). */
  readonly sections: number;
  /** Sections of each elective of a grade; 0 in primary schools. */
  readonly electiveSections: number;
  readonly classesPerGrade: number;
  readonly firstClass: number;
  readonly classCount: number;
}

/** What a generated district is made from; equal parameters give equal districts. */
export interface DistrictParameters {
  readonly districtId: string;
  readonly seed: number;
  /** People on night 0, from 80 to 2,000,000. */
  readonly people: number;
  /** Nights since the beginning, from 0 to 10,000; 1 % of the records change each night. */
  readonly night: number;
}

const secondaryOrdinals = new Set([2, 4, 7, 9, 12, 15, 18, 21]);

/** School level of a block's students by their ordinal. */
export const levelOfOrdinal: readonly Level[] = Array.from({ length: studentsPerBlock }, (_, ordinal) =>
  secondaryOrdinals.has(ordinal) ? 'secondary' : 'primary',
);

const perBlock: Readonly<Record<SlotKind, number>> = {
  student: studentsPerBlock,
  guardian: guardiansPerBlock,
  staff: staffPerBlock,
};

const primaryStudentsPerBlock = studentsPerBlock - secondaryOrdinals.size;
const targetSize = { primary: 430, secondary: 760 };
const classSize = 25;
const growthPerNight = 0.0002;

/**
 * The fixed frame of a generated district: who stands in which block and which school the block
 * belongs to. Its memory grows with the number of schools and blocks, not of people.
 */
export class DistrictPlan {
  readonly seed: number;
  readonly people: number;
  readonly night: number;
  readonly districtOrgId = 'org-district';
  readonly schools: readonly School[];
  readonly classCount: number;
  readonly #fullBlocks: number;
  readonly #schoolOfBlock: Readonly<Record<Level, Uint16Array>>;

  constructor(readonly parameters: DistrictParameters) {
    this.seed = seedOf(parameters.districtId, parameters.seed);
    this.night = parameters.night;
    this.people = parameters.people + Math.floor(parameters.people * parameters.night * growthPerNight);
    this.#fullBlocks = Math.floor(parameters.people / blockSize);
    const primary = this.#planSchools('primary', 0, 0);
    const last = primary.at(-1) as School;
    const secondary = this.#planSchools('secondary', primary.length, last.firstClass + last.classCount);
    this.schools = [...primary, ...secondary];
    const end = secondary.at(-1) as School;
    this.classCount = end.firstClass + end.classCount;
    this.#schoolOfBlock = { primary: this.#blockTable(primary), secondary: this.#blockTable(secondary) };
  }

  layout(block: number): BlockLayout {
    return blockLayouts[mix(this.seed, block) % blockLayouts.length] as BlockLayout;
  }

  school(block: number, level: Level): School {
    const home = block < this.#fullBlocks ? block : mix(this.seed ^ 77, block) % this.#fullBlocks;
    return this.schools[this.#schoolOfBlock[level][home] as number] as School;
  }

  /** How many people of a kind the district has. */
  count(kind: SlotKind): number {
    const rest = this.people % blockSize;
    const block = (this.people - rest) / blockSize;
    const slots = this.layout(block).slotsOf[kind];
    return block * perBlock[kind] + slots.filter((slot) => slot < rest).length;
  }

  /** The place among all people of the n-th person of a kind. */
  placeOf(kind: SlotKind, ordinal: number): number {
    const size = perBlock[kind];
    const block = Math.floor(ordinal / size);
    return block * blockSize + (this.layout(block).slotsOf[kind][ordinal % size] as number);
  }

  #planSchools(level: Level, firstIndex: number, firstClass: number): School[] {
    const studentsPerBlockHere = level === 'primary' ? primaryStudentsPerBlock : secondaryOrdinals.size;
    const wanted = Math.round((this.#fullBlocks * studentsPerBlockHere) / targetSize[level]);
    const count = Math.max(1, Math.min(wanted, this.#fullBlocks));
    const ends = this.#unevenEnds(count, level === 'primary' ? 1 : 2);
    const schools: School[] = [];
    let nextClass = firstClass;
    for (let number = 0; number < count; number += 1) {
      const index = firstIndex + number;
      const firstBlock = number === 0 ? 0 : (ends[number - 1] as number);
      const blockCount = (ends[number] as number) - firstBlock;
      const grades = gradesOf[level].length;
      const sections = Math.max(1, Math.round((blockCount * studentsPerBlockHere) / grades / classSize));
      const electiveSections = level === 'primary' ? 0 : Math.max(1, Math.round(sections / 8));
      const classesPerGrade =
        level === 'primary' ? sections : coreSubjects * sections + electiveSubjects * electiveSections;
      const classCount = grades * classesPerGrade;
      const id = `sch-${padded(index + 1, 4)}${index === 1 ? '/7_1553' : ''}`;
      schools.push({
        index, id, level, firstBlock, blockCount, sections, electiveSections, classesPerGrade,
        firstClass: nextClass, classCount,
      });
      nextClass += classCount;
    }
    return schools;
  }

  /** Splits the blocks into parts of uneven size, none empty; gives the end of each part. */
  #unevenEnds(count: number, salt: number): number[] {
    const weights = Array.from({ length: count }, (_, part) => 0.4 + (mix(this.seed ^ salt, part) % 1200) / 1000);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    let previous = 0;
    return weights.map((weight, part) => {
      sum += weight;
      const left = count - 1 - part;
      const wanted = Math.round((sum / total) * this.#fullBlocks);
      previous = part === count - 1 ? this.#fullBlocks : Math.min(Math.max(wanted, previous + 1), this.#fullBlocks - left);
      return previous;
    });
  }

  #blockTable(schools: readonly School[]): Uint16Array {
    const table = new Uint16Array(this.#fullBlocks);
    for (const school of schools) {
      table.fill(school.index, school.firstBlock, school.firstBlock + school.blockCount);
    }
    return table;
  }
}
