import type { Collection, Roster } from '../roster.js';
import { RecordWriter, type JsonRecord, type Version } from './records.js';

/** The key under which a list of a collection answers; views answer under their stored collection. */
export const listKey: Readonly<Record<Collection, string>> = {
  orgs: 'orgs',
  schools: 'orgs',
  academicSessions: 'academicSessions',
  terms: 'academicSessions',
  gradingPeriods: 'academicSessions',
  courses: 'courses',
  classes: 'classes',
  users: 'users',
  students: 'users',
  teachers: 'users',
  enrollments: 'enrollments',
  demographics: 'demographics',
};

/** The key under which one record of a collection answers. */
export const singleKey: Readonly<Record<Collection, string>> = {
  orgs: 'org',
  schools: 'org',
  academicSessions: 'academicSession',
  terms: 'academicSession',
  gradingPeriods: 'academicSession',
  courses: 'course',
  classes: 'class',
  users: 'user',
  students: 'user',
  teachers: 'user',
  enrollments: 'enrollment',
  demographics: 'demographics',
};

/** Path of the OneRoster service under a host, by version. */
export const servicePath: Readonly<Record<Version, string>> = {
  '1.1': '/ims/oneroster/v1p1',
  '1.2': '/ims/oneroster/rostering/v1p2',
};

export interface PageOptions {
  readonly roster: Roster;
  readonly version: Version;
  readonly collection: Collection;
  readonly offset: number;
  readonly limit: number;
  /** Root of the service that references point to, without a slash at the end. */
  readonly baseUrl: string;
}

/** The JSON body of one page in sourcedId order, exactly as the service answers it without any quirk. */
export function renderPage({ roster, version, collection, offset, limit, baseUrl }: PageOptions): string {
  const writer = new RecordWriter(version, baseUrl);
  const end = Math.min(roster.count(collection), offset + limit);
  const records: JsonRecord[] = [];
  for (let position = offset; position < end; position += 1) {
    records.push(writer.write(collection, roster.at(collection, position)));
  }
  return JSON.stringify({ [listKey[collection]]: records });
}
