import { Problem } from '@lastgood/contracts';
import { routesNotMet, type Route } from './routes.js';

/** A request with one wrong value, the parameter or field that its problem must name, and what else it must say of it: a limit that was passed. */
export type InvalidRequest = readonly [method: string, path: string, body: unknown, field: string, says?: string];

/** A running service. */
export interface Asked {
  routes: readonly Route[];
  ask(method: string, path: string, body: unknown): Promise<Response>;
}

/** What takes no parameter at all, and what the framework adds. */
const TAKES_NOTHING = /^(HEAD |GET \/(livez|readyz|metrics|api\/docs.*)$)/;

/** Proves that one invalid value sent to every route of a service is refused; a route without a case fails. `asked` gives the service once it runs. */
export function testInvalidRequests(asked: () => Asked, cases: readonly InvalidRequest[]): void {
  test('every route has a request with an invalid value', () => {
    const missing = routesNotMet(asked().routes, cases).filter((route) => !TAKES_NOTHING.test(route));
    if (missing.length > 0) throw new Error(`Add a request with an invalid value to the list that this test hands to testInvalidRequests, for: ${missing.join(', ')}`);
  });

  test.each(cases.map(([method, path, body, field, says = '']) => ({ method, path, body, field, says })))('$method $path with an invalid value is 400 and names the field', async ({ method, path, body, field, says }) => {
    const answer = await asked().ask(method, path, body);
    const problem = Problem.parse(await answer.json());
    expect([answer.status, problem.errors?.map((error) => error.field)]).toEqual([400, expect.arrayContaining([field])]);
    expect(problem.errors?.filter((error) => error.field === field).map(({ message }) => message).join('; ')).toContain(says);
  });
}
