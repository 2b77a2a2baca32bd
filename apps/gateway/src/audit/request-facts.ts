import { PURPOSE_HEADER, RunId, ServiceError, SnapshotId } from '@lastgood/contracts';
import type { Districts } from '@lastgood/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Permission, Principal } from '../access/permissions.js';
import type { AuditFacts } from './audit-trail.js';

/** What is known of a request while it is served; the entry is made of it. */
export interface Asked {
  action: string;
  permission: Permission | 'none';
  principal: Principal | null;
  /** It passed the guard. */
  granted: boolean;
  /** What a handler adds: which key was made or revoked. */
  about?: string;
  /** The entry that was made before the change was tried, as its line of JSON. */
  entry?: string;
}

type AskedRequest = FastifyRequest & { asked?: Asked };

/** The request is one that the audit trail may have to tell of. */
export function noteAsked(request: FastifyRequest, asked: Asked): Asked {
  (request as AskedRequest).asked = asked;
  return asked;
}

export function askedOf(request: FastifyRequest): Asked | undefined {
  return (request as AskedRequest).asked;
}

/** A handler says what its change is about: ids and codes only. */
export function noteAbout(request: FastifyRequest, about: string): void {
  const asked = askedOf(request);
  if (asked) asked.about = about;
}

/** Words of a query are counted, filters named; nothing of what they say is kept. */
const FILTERS = ['school', 'grade', 'role', 'similar', 'cursor'] as const;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const PURPOSE = /^[\x20-\x7e]{1,200}$/;
const CONTROL = /\p{Cc}/gu;

/** The entry of a request that is answered with `status`; without a status, of a change that is about to be tried. */
export function factsOf(request: FastifyRequest, { action, permission, principal, granted, about }: Asked, reply: FastifyReply | null, districts: Districts): AuditFacts {
  const params = request.params as Partial<Record<string, string>>;
  const query = request.query as Partial<Record<string, unknown>>;
  const status = reply?.statusCode ?? null;
  const served = status !== null && status < 400;
  const snapshots = served ? snapshotsOf(reply?.getHeader('lastgood-snapshot')) : null;
  const district = districts.find(String(params['district'] ?? query['district'] ?? ''));
  const source = district?.sources.find(({ id }) => id === (params['source'] ?? query['source'] ?? snapshots?.source));
  const count = served ? reply?.getHeader('lastgood-count') : undefined;
  return {
    actor: principal && { keyId: principal.keyId, name: shown(principal.name), role: principal.role },
    action,
    district: district?.id ?? null,
    source: source?.id ?? null,
    snapshot: snapshots?.snapshot ?? fitting(SnapshotId, params['snapshot']),
    run: fitting(RunId, params['run'] ?? String(reply?.getHeader('location') ?? '').split('/').at(-1)),
    query: about ?? (permission === 'look-up-live' ? `live, ${queryOf(params, query, served) ?? 'no word'}` : queryOf(params, query, served)),
    count: count === undefined ? null : Number(count),
    purpose: purposeOf(request.headers[PURPOSE_HEADER]),
    outcome: granted && status !== 401 && status !== 403 && status !== 429 ? 'allowed' : 'denied',
    status,
  };
}

/** Throws `invalid_request` for a purpose that no entry could hold. */
export function refuseUnfitPurpose({ headers: { [PURPOSE_HEADER]: purpose } }: FastifyRequest): void {
  if (purpose === undefined || PURPOSE.test(String(purpose))) return;
  throw new ServiceError('invalid', 'invalid_request', 'The header Lastgood-Purpose takes 1 to 200 printable ASCII characters.', { errors: [{ field: 'Lastgood-Purpose', message: '1 to 200 printable ASCII characters' }] });
}

function purposeOf(purpose: string | string[] | undefined): string | null {
  return typeof purpose === 'string' && PURPOSE.test(purpose) ? purpose : null;
}

/** Ids that are none are not kept, and of districts and sources only those that there are: what is sent may be anything. */
function fitting(shape: { safeParse(value: unknown): { success: boolean } }, value: unknown): string | null {
  return typeof value === 'string' && value !== '' && shape.safeParse(value).success ? value : null;
}

/** Names of keys are typed by people; a database takes neither control characters nor half characters. */
const shown = (name: string): string => name.toWellFormed().replaceAll(CONTROL, ' ');

function snapshotsOf(header: unknown): { source: string | null; snapshot: string } | null {
  if (typeof header !== 'string' || header === '') return null;
  const [first = '', ...more] = header.split(', ');
  const at = first.indexOf('=');
  return more.length > 0 || at < 0 ? { source: null, snapshot: header } : { source: first.slice(0, at), snapshot: first.slice(at + 1) };
}

function queryOf(params: Partial<Record<string, string>>, query: Partial<Record<string, unknown>>, served: boolean): string | null {
  if (params['sourcedId'] !== undefined) return 'one record';
  if (params['name'] !== undefined) return served && FILE_NAME.test(params['name']) ? `file ${params['name']}` : 'file';
  const { q } = query;
  const words = typeof q === 'string' ? q.split(/\s+/).filter(Boolean).length : 0;
  const parts = [...(words > 0 ? [words === 1 ? '1 word' : `${words} words`] : []), ...FILTERS.filter((name) => name in query)];
  return parts.length === 0 ? null : parts.join(', ');
}
