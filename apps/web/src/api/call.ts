import type { Problem } from '@lastgood/contracts';
import { connection } from './connection.js';
import { ApiProblem, Unreachable } from './problem.js';

interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

let csrf: string | null = null;

/** What every call that changes something must carry; null before signing in. */
export function keepCsrf(value: string | null): void {
  csrf = value;
}

/** Asks the API below `/api/v1/`; throws `ApiProblem`, `Unreachable`, or what `signal` throws. */
export async function call<T>(path: string, { method = 'GET', body, signal, headers = {} }: CallOptions = {}): Promise<T> {
  const answer = await send(path, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' || csrf === null ? {} : { 'x-csrf-token': csrf }), ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.ok) return answer.status === 204 ? (undefined as T) : (await answer.json()) as T;
  throw new ApiProblem(await problemIn(answer));
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(`/api/v1/${path}`, init);
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

/** A query string of what is set, starting with `?`; empty when nothing is. */
export function queryOf(values: Record<string, string | number | undefined | null>): string {
  const set = Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== null && entry[1] !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}
