/** People are laid out in blocks of this many, each a fixed mix of whole families and some staff. */
export const blockSize = 40;
export const studentsPerBlock = 22;
export const guardiansPerBlock = 15;
export const staffPerBlock = 3;

export type SlotKind = 'student' | 'guardian' | 'staff';

/** One place in a block: who stands there and, for families, which. */
export interface Slot {
  readonly kind: SlotKind;
  /** Position among the block's people of this kind. */
  readonly ordinal: number;
  /** Number of the family in the block, -1 for staff. */
  readonly family: number;
  /** Position among the family's people of this kind. */
  readonly member: number;
}

export interface Family {
  readonly guardians: readonly number[];
  readonly students: readonly number[];
}

export interface BlockLayout {
  readonly slots: readonly Slot[];
  readonly families: readonly Family[];
  readonly slotsOf: Readonly<Record<SlotKind, readonly number[]>>;
}

type FamilySize = readonly [students: number, guardians: number];

const familySizes: readonly (readonly FamilySize[])[] = [
  [[1, 2], [2, 2], [2, 1], [3, 2], [1, 1], [2, 2], [1, 0], [4, 2], [2, 1], [3, 2], [1, 0]],
  [[1, 2], [1, 1], [1, 1], [2, 2], [2, 2], [3, 2], [2, 1], [5, 2], [1, 0], [2, 2], [2, 0]],
  [[2, 3], [1, 2], [1, 0], [2, 2], [3, 2], [2, 1], [1, 0], [2, 1], [3, 2], [1, 0], [4, 2]],
];

const staffSlots = new Set([5, 17, 31]);

function layOut(sizes: readonly FamilySize[]): BlockLayout {
  const slots: Slot[] = [];
  const slotsOf: Record<SlotKind, number[]> = { student: [], guardian: [], staff: [] };
  const put = (kind: SlotKind, family: number, member: number): number => {
    slots.push({ kind, ordinal: slotsOf[kind].length, family, member });
    slotsOf[kind].push(slots.length - 1);
    return slots.length - 1;
  };
  const place = (kind: SlotKind, family: number, member: number): number => {
    if (staffSlots.has(slots.length)) put('staff', -1, slotsOf.staff.length);
    return put(kind, family, member);
  };
  const families = sizes.map(([students, guardians], family) => ({
    guardians: Array.from({ length: guardians }, (_, member) => place('guardian', family, member)),
    students: Array.from({ length: students }, (_, member) => place('student', family, member)),
  }));
  return { slots, families, slotsOf };
}

/** The ways a block can be laid out; all have the same number of people of each kind. */
export const blockLayouts: readonly BlockLayout[] = familySizes.map(layOut);
