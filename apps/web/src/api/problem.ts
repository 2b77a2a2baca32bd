import type { Problem } from '@lastgood/contracts';

/** What the gateway answered instead of data. */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No answer came: the network or the gateway is away. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('Lastgood cannot be reached.', { cause });
    this.name = 'Unreachable';
  }
}

/** The problem of an error, where the gateway gave one. */
export function problemOf(error: unknown): Problem | null {
  return error instanceof ApiProblem ? error.problem : null;
}
