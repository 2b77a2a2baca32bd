import type { NormalOrg } from '@lastgood/contracts';
import type { DatabaseSync } from 'node:sqlite';
import { filterToken, gradeKey, type FilterKind } from './format.js';

/** Numbers schools, grades and roles in the order they are met, and gives the words that stand for them in the index. */
export class FilterTokens {
  readonly #orgs = new Map<string, number>();
  readonly #grades = new Map<string, string>();
  readonly #roles = new Map<string, string>();

  orgNumber(id: string): number {
    let number = this.#orgs.get(id);
    if (number === undefined) this.#orgs.set(id, (number = this.#orgs.size));
    return number;
  }

  /** The words of a record besides its own: its schools, grades and roles, each followed by a space. */
  words(orgNumbers: readonly number[], grades: readonly string[], roles: readonly string[]): string {
    let text = '';
    for (const number of orgNumbers) text += `${filterToken('school', number)} `;
    for (const grade of grades) text += `${tokenOf('grade', this.#grades, gradeKey(grade))} `;
    for (const role of roles) text += `${tokenOf('role', this.#roles, role)} `;
    return text;
  }

  /** Writes the tables `orgs` and `filters`; orgs that nobody named are not in them. */
  write(database: DatabaseSync, known: ReadonlyMap<string, Pick<NormalOrg, 'name'>>): void {
    const org = database.prepare('INSERT INTO orgs(code, id, name) VALUES(?, ?, ?)');
    const filter = database.prepare('INSERT INTO filters(kind, value, token) VALUES(?, ?, ?)');
    for (const [id, number] of this.#orgs) {
      org.run(number, id, known.get(id)?.name?.slice(0, 1024) ?? null);
      filter.run('school', id, filterToken('school', number));
    }
    for (const [grade, token] of this.#grades) filter.run('grade', grade, token);
    for (const [role, token] of this.#roles) filter.run('role', role, token);
  }
}

function tokenOf(kind: FilterKind, known: Map<string, string>, value: string): string {
  let token = known.get(value);
  if (token === undefined) known.set(value, (token = filterToken(kind, known.size)));
  return token;
}
