import type { DatabaseSync } from 'node:sqlite';
import type { WordLists } from './word-lists.js';

/** Most schools, grades and roles that are listed. */
const MOST_SCHOOLS = 5000;
const MOST_VALUES = 500;

/** What searches of a file can be filtered by, each value of students and parents (grades and schools of classes too). */
export interface Facets {
  /** By name; those without one stand last. */
  schools: { sourcedId: string; name: string | null; students: number }[];
  /** As the filter compares them: lower case, without leading zeros. */
  grades: string[];
  roles: string[];
}

/** Reads what a file can be filtered by; `students`: the lists of that dataset. */
export function readFacets(database: DatabaseSync, students: WordLists): Facets {
  const values = (kind: string): string[] => database.prepare('SELECT value FROM filters WHERE kind = ? LIMIT ?').all(kind, MOST_VALUES).map(({ value }) => String(value));
  const schools = database.prepare("SELECT f.value AS id, f.token, o.name FROM filters f LEFT JOIN orgs o ON o.id = f.value WHERE f.kind = 'school'").all() as { id: string; token: string; name: string | null }[];
  const order = new Intl.Collator('en', { numeric: true });
  return {
    schools: schools
      .sort((a, b) => Number(a.name === null) - Number(b.name === null) || order.compare(a.name ?? a.id, b.name ?? b.id) || order.compare(a.id, b.id))
      .slice(0, MOST_SCHOOLS)
      .map(({ id, token, name }) => ({ sourcedId: id, name, students: students.find([token], { after: 0, limit: 1, cap: Number.MAX_SAFE_INTEGER }).count })),
    grades: values('grade').sort(order.compare),
    roles: values('role').sort(order.compare),
  };
}
