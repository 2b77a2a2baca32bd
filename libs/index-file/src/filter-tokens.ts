import type { NormalOrg } from '@lastgood/contracts';
import type { DatabaseSync } from 'node:sqlite';
import { filterToken, gradeKey } from './format.js';

/** Numbers schools and grades in the order they are met, and gives the words that stand for them in the index. */
export class FilterTokens {
  readonly #orgs = new Map<string, number>();
  readonly #grades = new Map<string, string>();

  orgNumber(id: string): number {
    let number = this.#orgs.get(id);
    if (number === undefined) this.#orgs.set(id, (number = this.#orgs.size));
    return number;
  }

  /** The words of a record besides its own: its schools and grades, each followed by a space. */
  words(orgNumbers: readonly number[], grades: readonly string[]): string {
    let text = '';
    for (const number of orgNumbers) text += `${filterToken('school', number)} `;
    for (const grade of grades) text += `${this.#grade(gradeKey(grade))} `;
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
  }

  #grade(grade: string): string {
    let token = this.#grades.get(grade);
    if (token === undefined) this.#grades.set(grade, (token = filterToken('grade', this.#grades.size)));
    return token;
  }
}
