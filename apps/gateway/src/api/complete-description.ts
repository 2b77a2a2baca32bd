import type { OpenAPIObject } from '@nestjs/swagger';
import { OPTIONAL_BODY_EXTENSION } from '../access/route.js';
import { ANSWER_EXTENSION, GIVEN, type AnswerDescription } from './answers.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;
type Header = keyof typeof GIVEN;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Statuses of problems in words; which of them a route has is told by its address, its method and its own description. */
const PROBLEMS: Record<number, string> = {
  400: 'A parameter, a header or the body is wrong; `errors` names it',
  401: 'No key',
  403: 'A bad key, or one that may not do this',
  404: 'No such thing, or not for this key',
  409: 'What there is does not allow it, or changed since you looked',
  410: 'The snapshot has expired',
  413: 'The body is larger than 256 KiB',
  414: 'A part of the address is too long',
  415: 'The body is not application/json',
  429: 'Too many requests',
  500: 'Something failed that should not; the log of the service tells more',
  503: 'Not available now; `retryable` says whether to ask again',
  504: 'Something behind did not answer in time; ask again',
};
const HEADERS_OF_PROBLEMS: Record<number, readonly Header[]> = { 401: ['WWW-Authenticate'], 403: ['WWW-Authenticate'], 429: ['Retry-After'], 503: ['Retry-After'], 504: ['Retry-After'] };

/** Adds to every operation the problems and headers that it may answer with. */
export function completeDescription(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) if (item[method]) complete(path, method, item[method]);
  }
}

function complete(path: string, method: (typeof METHODS)[number], operation: Operation): void {
  const extensions = operation as unknown as Record<string, unknown>;
  const { gives = [], unchanged = false, problems = [] } = (extensions[ANSWER_EXTENSION] ?? {}) as AnswerDescription;
  const body = operation.requestBody;
  if (extensions[OPTIONAL_BODY_EXTENSION] === true && body && !('$ref' in body)) body.required = false;
  for (const key of [ANSWER_EXTENSION, OPTIONAL_BODY_EXTENSION]) Reflect.deleteProperty(operation, key);

  for (const [status, answer] of Object.entries(operation.responses)) if (status.startsWith('2')) Object.assign(answer as Response, headers(gives));
  if (unchanged) operation.responses['304'] = { description: 'What you have is still right', ...headers(gives) };
  const keyed = (operation.security ?? []).length > 0;
  const statuses = [
    400, 500, 503, ...problems, ...(keyed ? [401, 403, 429, 504] : []), ...(path.includes('{') ? [404, 414] : []), ...(method === 'get' ? [] : [413, 415]),
  ];
  for (const status of statuses) operation.responses[String(status)] = problem(status);
}

function problem(status: number): Response {
  return { description: PROBLEMS[status] ?? 'A problem', ...headers(HEADERS_OF_PROBLEMS[status] ?? []), content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

function headers(names: readonly Header[]): Pick<Response, 'headers'> {
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, { description: GIVEN[name], schema: { type: 'string' } }])) };
}
