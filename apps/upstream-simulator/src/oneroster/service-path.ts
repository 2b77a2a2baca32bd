import { collections, type Collection } from '../roster.js';
import { servicePath } from './pages.js';
import type { Version } from './records.js';

/** What a path asks a roster service for. */
export type Target =
  | { readonly kind: 'list'; readonly collection: Collection }
  | { readonly kind: 'single'; readonly collection: Collection; readonly id: string }
  | {
      readonly kind: 'nested';
      readonly parent: Collection;
      readonly id: string;
      /** For schools/{id}/classes/{id}/...: the class's id. */
      readonly classId?: string;
      readonly collection: Collection;
    };

export interface ServiceRequest {
  readonly version: Version;
  /** Everything before the collection, as asked for; references point below it. */
  readonly prefix: string;
  /** The ClassLink application, decoded once, when the path goes through the proxy. */
  readonly application?: string;
  readonly target: Target;
}

const nestedIn: Readonly<Partial<Record<Collection, readonly Collection[]>>> = {
  classes: ['students', 'teachers'],
  courses: ['classes'],
  schools: ['classes', 'courses', 'enrollments', 'students', 'teachers', 'terms'],
  students: ['classes'],
  teachers: ['classes'],
  users: ['classes'],
  terms: ['classes', 'gradingPeriods'],
};

function isCollection(name: string | undefined): name is Collection {
  return (collections as readonly (string | undefined)[]).includes(name);
}

function targetOf(parts: readonly string[]): Target | undefined {
  const [first, id, second, classId, third] = parts;
  if (!isCollection(first)) return undefined;
  if (parts.length === 1) return { kind: 'list', collection: first };
  if (id === undefined || id === '') return undefined;
  if (parts.length === 2) return { kind: 'single', collection: first, id };
  if (!isCollection(second)) return undefined;
  if (parts.length === 3 && nestedIn[first]?.includes(second) === true) {
    return { kind: 'nested', parent: first, id, collection: second };
  }
  const inClass = first === 'schools' && second === 'classes' && classId !== undefined && parts.length === 5;
  if (!inClass || (third !== 'enrollments' && third !== 'students' && third !== 'teachers')) return undefined;
  return { kind: 'nested', parent: first, id, classId, collection: third };
}

function decoded(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}

const proxyPattern = /^(?:\/proxy\/v1p0)?\/([^/]+)(?=\/ims\/oneroster\/v1p1\/)/;
const proxyShortPattern = /^\/proxy\/v1p0\/([^/]+)(?=\/)/;

/** Reads the path of a data request (raw, without query); undefined when no service answers there. */
export function readServicePath(path: string): ServiceRequest | undefined {
  for (const version of ['1.1', '1.2'] as const) {
    const prefix = servicePath[version];
    if (path.startsWith(`${prefix}/`)) return requestAt(path, prefix, version);
  }
  const proxied = proxyPattern.exec(path);
  if (proxied !== null) return requestAt(path, proxied[0] + servicePath['1.1'], '1.1', proxied[1]);
  const short = proxyShortPattern.exec(path);
  return short === null ? undefined : requestAt(path, short[0], '1.1', short[1]);
}

function requestAt(path: string, prefix: string, version: Version, application?: string): ServiceRequest | undefined {
  const parts = decoded(path.slice(prefix.length + 1).split('/'));
  const names = application === undefined ? [] : decoded([application]);
  const target = parts === undefined ? undefined : targetOf(parts);
  if (target === undefined || names === undefined) return undefined;
  return { version, prefix, application: names[0], target };
}
