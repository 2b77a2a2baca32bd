import { raceFlags } from '../roster.js';
import type { JsonRecord, Reference } from '../oneroster/records.js';
import type { FiredQuirks } from './quirk-engine.js';

type Change = (record: JsonRecord) => JsonRecord;

const flagNames = ['enabledUser', 'primary', ...raceFlags];
const students = new Set(['student']);
const guardians = new Set(['parent', 'guardian', 'relative']);

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'href' in value && 'sourcedId' in value;
}

/** The value with each reference in it replaced. */
function mapReferences(value: unknown, change: (reference: Reference) => unknown): unknown {
  if (isReference(value)) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapReferences(inner, change)]));
}

const changeReferences =
  (change: (reference: Reference) => unknown): Change =>
  (record) =>
    mapReferences(record, change) as JsonRecord;

function withFlags(as: 'string' | 'boolean' | 'integer'): Change {
  const written = (value: boolean): unknown => (as === 'string' ? String(value) : as === 'integer' ? Number(value) : value);
  return (record) => {
    const changed = { ...record };
    for (const name of flagNames) {
      if (changed[name] !== undefined) changed[name] = written(String(changed[name]) === 'true');
    }
    return changed;
  };
}

/** `class: {sourcedId}` becomes `classSourcedId`, lists of references become lists of ids. */
const flattened: Change = (record) => {
  const entries = Object.entries(record).map(([name, value]) =>
    isReference(value) ? [`${name}SourcedId`, value.sourcedId] : [name, mapReferences(value, (reference) => reference.sourcedId)],
  );
  return Object.fromEntries(entries) as JsonRecord;
};

function rolesOf(record: JsonRecord): string[] {
  if (typeof record['role'] === 'string') return [record['role']];
  const roles = record['roles'];
  return Array.isArray(roles) ? roles.map((entry) => String((entry as JsonRecord)['role'])) : [];
}

function withoutGuardianLinks(sides: 'studentOnly' | 'guardianOnly' | 'none'): Change {
  return (record) => {
    if (!Array.isArray(record['agents'])) return record;
    const has = (group: ReadonlySet<string>): boolean => rolesOf(record).some((role) => group.has(role));
    const keeps = (sides === 'studentOnly' && has(students)) || (sides === 'guardianOnly' && has(guardians));
    return keeps ? record : { ...record, agents: [] };
  };
}

/** What the quirks of one request do to every record of its answer; undefined when they leave records alone. */
export function recordChange(quirks: FiredQuirks): Change | undefined {
  const changes: Change[] = [];
  const links = quirks.get('guardianLinks');
  if (links !== undefined) changes.push(withoutGuardianLinks(links.sides));
  const flags = quirks.get('flags');
  if (flags !== undefined) changes.push(withFlags(flags.as));
  const foreign = quirks.get('foreignHref');
  if (foreign !== undefined) {
    const abroad = (href: string): string => foreign.host + href.replace(/^[a-z]+:\/\/[^/]*/, '');
    changes.push(changeReferences((reference) => ({ ...reference, href: abroad(reference.href) })));
  }
  const references = quirks.get('references');
  if (references?.as === 'string') changes.push(changeReferences((reference) => reference.sourcedId));
  if (references?.as === 'relative') {
    const relative = (href: string): string => href.replace(/^[a-z]+:\/\/[^/]*/, '');
    changes.push(changeReferences((reference) => ({ ...reference, href: relative(reference.href) })));
  }
  if (references?.as === 'flat') changes.push(flattened);
  const dropped = quirks.get('dropColumn');
  if (dropped !== undefined) {
    changes.push((record) => Object.fromEntries(Object.entries(record).filter(([name]) => name !== dropped.field)));
  }
  if (changes.length === 0) return undefined;
  return (record) => changes.reduce((changed, change) => change(changed), record);
}
