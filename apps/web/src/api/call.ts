import type { Problem } from '@lastgood/contracts';
import { requestOf, type Asked, type AskedOperation, type Given, type OperationId } from '@lastgood/gateway-client';
import { connection } from './connection.js';
import { ApiProblem, Unreachable } from './problem.js';

let csrf: string | null = null;

/** What every call that changes something must carry; null before signing in. */
export function keepCsrf(value: string | null): void {
  csrf = value;
}

/** Asks the gateway; throws `ApiProblem`, `Unreachable`, or what `signal` throws. */
export async function call<O extends AskedOperation>(operation: O, asked: Asked<NoInfer<O>>, signal?: AbortSignal): Promise<Given<O>> {
  const { method, path, body } = requestOf(operation, filled(asked));
  const answer = await send(path, {
    method,
    credentials: 'same-origin',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(method === 'GET' || csrf === null ? {} : { 'x-csrf-token': csrf }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as Given<O>;
  throw new ApiProblem(await problemIn(answer));
}

/** Where the browser itself asks: for files and streams. */
export function addressOf<O extends OperationId>(operation: O, asked: Asked<NoInfer<O>>): string {
  return requestOf(operation, filled(asked)).path;
}

/** What is left empty on the page filters nothing. */
function filled<T>(asked: T): T {
  const { query, ...rest } = asked as { query?: Record<string, unknown> };
  return (query === undefined ? rest : { ...rest, query: Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')) }) as T;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(path, init);
    connection.sawAnswer();
    return answer;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    connection.sawNothing();
    throw new Unreachable(error);
  }
}

async function problemIn(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'code' in body) return body as Problem;
  return { type: 'about:blank', title: 'unexpected answer', status: answer.status, detail: `Unexpected answer ${answer.status}.`, code: 'unexpected_answer', retryable: answer.status >= 500 };
}
