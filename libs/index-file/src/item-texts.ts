import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LIST_LIMIT } from './format.js';
import { expand, LINK_END } from './item-codes.js';

type Dataset = 'students' | 'parents' | 'classes';
type PersonRow = [item: string, unresolved: number | null];
type LinkRow = [named: number, item: string];

interface PersonStatements {
  person: StatementSync;
  links: StatementSync;
  /** What comes before the links and behind them. */
  opening: string;
  closing: string;
}

/** What `named` of a link says: by whose record. */
const NAMED_BY = ['', ',"from":"student"}', ',"from":"guardian"}', ',"from":"both"}'];

/**
 * Items of an index as the JSON of the search API. Rows are looked up one by one and put together here: putting them together in SQL takes
 * SQLite three times as long.
 */
export class ItemTexts {
  readonly #students: PersonStatements;
  readonly #parents: PersonStatements;
  readonly #class: StatementSync;

  /** `orgs` gives the JSON of an org by its number. */
  constructor(private readonly database: DatabaseSync, private readonly orgs: (number: number) => string) {
    this.#students = this.#statements('guardians', 'unresolvedGuardians');
    this.#parents = this.#statements('children', 'unresolvedChildren');
    this.#class = this.#prepared('SELECT item FROM classes WHERE row = ?');
  }

  /** The item of a row that the dataset has, without its last brace. */
  item(dataset: Dataset, row: number): string {
    if (dataset === 'classes') return expand((this.#class.get(row) as unknown as [item: string])[0], this.orgs).slice(0, -1);
    return this.#person(dataset === 'students' ? this.#students : this.#parents, row);
  }

  /** Items of several rows, separated by commas, each with how it matched. */
  items(dataset: Dataset, rows: readonly number[], match: 'exact' | 'similar'): string {
    let text = '';
    for (const row of rows) text += `${text === '' ? '' : ','}${this.item(dataset, row)},"match":"${match}"}`;
    return text;
  }

  /** Every statement that reads an item, as SQL. */
  statementsOf(dataset: Dataset): string[] {
    if (dataset === 'classes') return [this.#class.sourceSQL];
    const { person, links } = dataset === 'students' ? this.#students : this.#parents;
    return [person.sourceSQL, links.sourceSQL];
  }

  #person({ person, links, opening, closing }: PersonStatements, row: number): string {
    const [item, unresolved] = person.get(row) as unknown as PersonRow;
    let text = item + opening;
    let separator = '';
    for (const [named, linked] of links.all(row) as unknown as LinkRow[]) {
      text += separator + linked.slice(0, linked.indexOf(LINK_END)) + (NAMED_BY[named] as string);
      separator = ',';
    }
    return `${expand(text, this.orgs)}${closing}${unresolved ?? 0}`;
  }

  #statements(links: 'guardians' | 'children', unresolved: string): PersonStatements {
    return {
      person: this.#prepared(`SELECT p.item, u.count FROM people p LEFT JOIN unresolved_${links} u ON u.row = p.row WHERE p.row = ?`),
      links: this.#prepared(`SELECT l.named, p.item FROM ${links} l CROSS JOIN people p ON p.row = l.linked WHERE l.row = ? ORDER BY l.linked LIMIT ${LIST_LIMIT}`),
      opening: `,"${links}":[`,
      closing: `],"${unresolved}":`,
    };
  }

  #prepared(sql: string): StatementSync {
    const statement = this.database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }
}
