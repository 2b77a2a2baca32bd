import type { OpenAPIObject } from '@nestjs/swagger';
import { isLimited, type Permission } from '../access/permissions.js';
import { OPTIONAL_BODY_EXTENSION, PERMISSION_EXTENSION } from '../access/route.js';
import { ANSWER_EXTENSION, GIVEN, HEADER, TAKEN, type AnswerDescription } from './answers.js';
import { boundSchemas } from './bound-schemas.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;
type Header = keyof typeof GIVEN;

/** Groups of operations, by the name of what holds them. */
const TAGS: Readonly<Record<string, string>> = {
  Districts: 'Districts, the state of their sources, and refreshes', Schedule: 'When a source is refreshed', Snapshots: 'Snapshots, their files, and decisions about them',
  People: 'Search and detail over the last good snapshots', LiveLookUp: 'Questions to the live system of a source that allows them, before its first snapshot', Runs: 'Refreshes from request to end', RunEvents: 'Refreshes as they happen', Session: 'Signing in and out of the page',
  Admin: 'Keys and parked messages', Audit: 'The audit trail', ApiDescription: 'This description',
};
const LIMITED: readonly Header[] = ['RateLimit', 'RateLimit-Policy'];

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

/** Problems that are met before a request is counted. */
const NOT_COUNTED: readonly number[] = [401, 413, 414, 415];

/** Adds to every operation the problems and headers that it may answer with. */
export function completeDescription(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) if (item[method]) complete(path, method, item[method]);
  }
  const used = new Set(Object.values(document.paths).flatMap((item) => METHODS.flatMap((method) => item[method]?.tags ?? [])));
  document.tags = [...used].map((name) => ({ name, description: TAGS[name] ?? name }));
  for (const server of document.servers ?? []) Object.assign(server, { 'x-internal': false, description: 'This installation, local or in production' });
  boundSchemas(document);
}

function complete(path: string, method: (typeof METHODS)[number], operation: Operation): void {
  const extensions = operation as unknown as Record<string, unknown>;
  const { gives: own = [], unchanged = false, signedIn = false, limited: countedAnyway = false, problems = [] } = (extensions[ANSWER_EXTENSION] ?? {}) as AnswerDescription;
  const permission = extensions[PERMISSION_EXTENSION] as Permission | 'none' | undefined;
  const limited = countedAnyway || (permission !== undefined && permission !== 'none' && isLimited(method.toUpperCase(), permission));
  const gives = limited ? [...own, ...LIMITED] : own;
  const body = operation.requestBody;
  if (extensions[OPTIONAL_BODY_EXTENSION] === true && body && !('$ref' in body)) body.required = false;
  for (const key of [ANSWER_EXTENSION, OPTIONAL_BODY_EXTENSION, PERMISSION_EXTENSION]) Reflect.deleteProperty(operation, key);

  for (const [status, answer] of Object.entries(operation.responses)) if (status.startsWith('2')) Object.assign(answer as Response, headers(gives));
  if (unchanged) operation.responses['304'] = { description: 'What you have is still right', ...headers(gives) };
  const keyed = (operation.security ?? []).length > 0;
  if (keyed) admitKeysAndSessions(operation, method !== 'get');
  else operation.security = signedIn ? [{ session: [] }] : [];
  const statuses = [
    400, 500, 503, ...problems, ...(keyed ? [401, 403, 429, 504] : []), ...(path.includes('{') ? [404, 414] : []), ...(method === 'get' ? [] : [413, 415]),
  ];
  for (const status of statuses) operation.responses[String(status)] = problem(status, limited && !NOT_COUNTED.includes(status) ? LIMITED : []);
}

/** Every route that takes a key takes the cookie of a session too, and says what it is asked for. */
function admitKeysAndSessions(operation: Operation, change: boolean): void {
  operation.security = [{ key: [] }, { session: [] }];
  const taken = (change ? ['Lastgood-Purpose', 'X-CSRF-Token'] : ['Lastgood-Purpose']) as (keyof typeof TAKEN)[];
  operation.parameters = [...(operation.parameters ?? []), ...taken.map((name) => ({ name, in: 'header' as const, description: TAKEN[name], required: false, schema: { ...HEADER } }))];
}

function problem(status: number, more: readonly Header[]): Response {
  return { description: PROBLEMS[status] ?? 'A problem', ...headers([...(HEADERS_OF_PROBLEMS[status] ?? []), ...more]), content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

function headers(names: readonly Header[]): Pick<Response, 'headers'> {
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, { description: GIVEN[name], schema: { ...HEADER } }])) };
}
