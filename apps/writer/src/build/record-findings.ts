import type { Collection, Finding } from '@lastgood/contracts';
import type { FieldProblem } from '@lastgood/sources';

const MAX_FINDINGS = 100;
const WORDS: Record<FieldProblem['code'], string> = {
  missing_required: 'a required field is missing',
  invalid_required: 'a required field has an invalid value',
  invalid_optional: 'an optional field has an invalid value',
  unknown_role: 'a role is not one of the standard',
};

/** Counts what was odd about records, by collection, field and code; never a value, never an id of a person. */
export class RecordFindings {
  readonly #counts = new Map<string, { collection: Collection; problem: FieldProblem; count: number }>();
  /** Records that cannot be used at all. */
  refused = 0;

  add(collection: Collection, problems: readonly FieldProblem[], refused: boolean): void {
    if (refused) this.refused += 1;
    for (const problem of problems) {
      const key = `${collection} ${problem.severity} ${problem.code} ${problem.field}`;
      const known = this.#counts.get(key);
      if (known === undefined) this.#counts.set(key, { collection, problem, count: 1 });
      else known.count += 1;
    }
  }

  /** Errors first, then by how often; at most 100. */
  list(): Finding[] {
    return [...this.#counts.values()]
      .map(({ collection, problem: { code, severity, field }, count }): Finding => ({
        code, severity, collection, offset: null, httpStatus: null, count,
        message: `In ${count} record(s) of ${collection} ${WORDS[code]}: ${field}.`.slice(0, 500),
      }))
      .sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error') || b.count - a.count || (a.message < b.message ? -1 : 1))
      .slice(0, MAX_FINDINGS);
  }
}
