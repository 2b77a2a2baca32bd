/** Bounds of what one record may hold; longer is invalid. */
export const BOUNDS = { id: 255, text: 1024, status: 32, role: 64, roles: 32, grade: 32, grades: 32, subject: 255, subjects: 64, period: 64, periods: 64, references: 1000, userIds: 64 } as const;

/** Thrown by the readers below; what exactly is wrong is for the schemas to say. */
export const INVALID = new Error('invalid field');

const STAMP = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const FLAGS = new Map<unknown, boolean>([[true, true], [false, false], [1, true], [0, false], ['true', true], ['false', false], ['1', true], ['0', false]]);

/** Null for what counts as absent: undefined, null, the empty string. */
const isAbsent = (value: unknown): value is undefined | null | '' => value === undefined || value === null || value === '';

/** Text of at most `most` characters, or null when absent. */
export function readText(value: unknown, most: number = BOUNDS.text): string | null {
  if (isAbsent(value)) return null;
  if (typeof value !== 'string' || value.length > most) throw INVALID;
  return value;
}

/** Text that vendors also send as an integer: identifiers, grades, periods, years. */
export function readCode(value: unknown, most: number = BOUNDS.text): string | null {
  return readText(Number.isSafeInteger(value) ? String(value) : value, most);
}

/** A date or an instant in ISO 8601 as sent, or null when absent. */
export function readStamp(value: unknown): string | null {
  const text = readText(value, 64);
  if (text !== null && !STAMP.test(text)) throw INVALID;
  return text;
}

/** true, "true", "True", 1, "1" and their opposites, or null when absent; "false" is false. */
export function readFlag(value: unknown): boolean | null {
  if (isAbsent(value)) return null;
  const flag = FLAGS.get(value) ?? (typeof value === 'string' ? FLAGS.get(value.toLowerCase()) : undefined);
  if (flag === undefined) throw INVALID;
  return flag;
}

/** sourcedId of a reference: `{ href, sourcedId, type }`, a plain id, or null when absent; `href` is never looked at. */
export function readReference(value: unknown): string | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return readCode((value as { sourcedId?: unknown }).sourcedId, BOUNDS.id);
  return readCode(value, BOUNDS.id);
}

const partsOf = (value: unknown, most: number): readonly unknown[] => {
  if (isAbsent(value)) return [];
  const parts: readonly unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [value];
  if (parts.length > most) throw INVALID;
  return parts;
};

/** sourcedIds of a list of references, of one reference, or of a comma list, in their order, absent ones left out. */
export function readReferences(value: unknown): string[] {
  const ids: string[] = [];
  for (const part of partsOf(value, BOUNDS.references)) {
    const id = readReference(typeof part === 'string' ? part.trim() : part);
    if (id !== null) ids.push(id);
  }
  return ids;
}

/** A list of codes, one code, or a comma list, blank ones left out. */
export function readCodes(value: unknown, most: number, longest: number): string[] {
  const codes: string[] = [];
  for (const part of partsOf(value, most)) {
    const code = readCode(typeof part === 'string' ? part.trim() : part, longest);
    if (code !== null) codes.push(code);
  }
  return codes;
}

/** `[{ type, identifier }]`, entries without identifier left out. */
export function readUserIds(value: unknown): { type: string; identifier: string }[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value) || value.length > BOUNDS.userIds) throw INVALID;
  const userIds: { type: string; identifier: string }[] = [];
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'object' || entry === null) throw INVALID;
    const { type, identifier } = entry as Record<string, unknown>;
    const read = readCode(identifier);
    const kind = readText(type) ?? '';
    if (read !== null) userIds.push({ type: kind, identifier: read });
  }
  return userIds;
}

/** One role a user has, of 1.1 (`role`) or 1.2 (`roles`). */
export interface RoleEntry {
  role: string;
  orgId: string | null;
  primary: boolean;
}

/** `roles` of 1.2, primary first. */
export function readRoleEntries(value: unknown): RoleEntry[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value) || value.length > BOUNDS.references) throw INVALID;
  const entries: RoleEntry[] = [];
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'object' || entry === null) throw INVALID;
    const { role, org, roleType } = entry as Record<string, unknown>;
    const read = readText(role, BOUNDS.role);
    if (read === null) throw INVALID;
    entries.push({ role: read, orgId: readReference(org), primary: readText(roleType) === 'primary' });
  }
  return entries.length < 2 ? entries : [...entries.filter(({ primary }) => primary), ...entries.filter(({ primary }) => !primary)];
}
