import { z } from 'zod';

/** A district's id: lower-case letters, digits and hyphens, 2 to 63 characters, no hyphen at either end. */
export const DistrictId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/, 'lower-case letters, digits and hyphens, 2 to 63 characters').meta({ maxLength: 63 });
/** A source's id within its district; same rule as a district's. */
export const SourceId = DistrictId;
/** A run's id: a ULID in lower case, 26 characters, sortable by time of creation. */
export const RunId = z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/, 'a run id of 26 lower-case characters').meta({ maxLength: 26 });
/** The log number of a run's newest `begin`; it fences everything the run does. */
export const Epoch = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** An attempt's, and so a snapshot's, id: `{epoch}-{run}`. */
export const SnapshotId = z.string().regex(/^[1-9][0-9]{0,15}-[0-9a-hjkmnp-tv-z]{26}$/, 'a snapshot id, as <epoch>-<run>').meta({ maxLength: 43 });
/** SHA-256, 64 lower-case hexadecimal characters. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/).meta({ maxLength: 64 });
/** A calendar date, `YYYY-MM-DD`. */
export const CalendarDate = z.iso.date();
/** An instant in UTC with milliseconds, as `Date.toISOString` writes it. */
export const Instant = z.iso.datetime().max(40);

/** What OneRoster serves under one list endpoint. */
export const Collection = z.enum(['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments', 'demographics']);
export type Collection = z.infer<typeof Collection>;

/** What a snapshot holds; every dataset is one CSV and one JSONL file. `staff` holds the users that are neither student, parent nor teacher. */
export const Dataset = z.enum(['students', 'parents', 'teachers', 'staff', 'classes', 'enrollments', 'orgs', 'academicSessions', 'courses', 'demographics']);
export type Dataset = z.infer<typeof Dataset>;

/** The services, as folders, roles and broker queues are named. */
export const ServiceName = z.enum(['gateway', 'fetcher', 'writer', 'search']);
export type ServiceName = z.infer<typeof ServiceName>;

/** Version of the files in a snapshot (columns, JSONL, index); rises when a reader must know. */
export const SCHEMA_VERSION = '1.0';
/** Version of how records are normalised, linked and counted; rises when equal input gives other output. */
export const CALCULATION_VERSION = '1.0';
