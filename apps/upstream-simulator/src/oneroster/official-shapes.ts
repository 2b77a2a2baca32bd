import { z } from 'zod';
import { raceFlags, type BulkCollection } from '../roster.js';
import type { Version } from './records.js';

/*
 * The record shapes of the official files, re-stated: OneRoster 1.2 from the rostering service's OpenAPI 3 file
 * (additionalProperties false throughout), 1.1 from the published OpenAPI file of that version, except that `periods` is a list as in the specification.
 */

const text = z.string().max(10_000);
const date = z.iso.date();
const instant = z.iso.datetime({ precision: 3 });
const texts = z.array(text).max(10_000);
const extension = z.string().regex(/^ext:[a-zA-Z0-9.\-_]+$/);
const open = <const T extends readonly string[]>(values: T) => z.union([z.enum(values), extension]);
const reference = (type: string) => z.strictObject({ href: z.url(), sourcedId: text, type: z.literal(type) });
const references = (type: string) => z.array(reference(type)).max(10_000);

const common = {
  sourcedId: text.min(1),
  status: z.enum(['active', 'tobedeleted']),
  dateLastModified: instant,
  metadata: z.record(text, z.unknown()).optional(),
};

const org = {
  ...common,
  name: text,
  identifier: text,
  parent: reference('org').optional(),
  children: references('org').optional(),
};
const orgTypes = ['department', 'district', 'local', 'national', 'school', 'state'] as const;

const session = {
  ...common,
  title: text,
  startDate: date,
  endDate: date,
  parent: reference('academicSession').optional(),
  children: references('academicSession').optional(),
  schoolYear: z.string().regex(/^\d{4}$/),
};
const sessionTypes = ['gradingPeriod', 'semester', 'schoolYear', 'term'] as const;

const course = z.strictObject({
  ...common,
  title: text,
  schoolYear: reference('academicSession').optional(),
  courseCode: text,
  grades: texts.optional(),
  subjects: texts.optional(),
  org: reference('org').optional(),
  subjectCodes: texts.optional(),
  resources: references('resource').optional(),
});

const classes = {
  ...common,
  title: text,
  classCode: text.optional(),
  location: text.optional(),
  grades: texts.optional(),
  subjects: texts.optional(),
  course: reference('course'),
  school: reference('org'),
  terms: references('academicSession').min(1),
  subjectCodes: texts.optional(),
  resources: references('resource').optional(),
};
const classTypes = ['homeroom', 'scheduled'] as const;

const person = {
  ...common,
  givenName: text.min(1),
  familyName: text.min(1),
  middleName: text.optional(),
  identifier: text.optional(),
  email: text.optional(),
  sms: text.optional(),
  phone: text.optional(),
  agents: references('user').optional(),
  grades: texts.optional(),
  password: text.optional(),
};

const roles11 = ['administrator', 'aide', 'guardian', 'parent', 'proctor', 'relative', 'student', 'teacher'] as const;
const roles12 = [
  'aide', 'counselor', 'districtAdministrator', 'guardian', 'parent', 'principal', 'proctor', 'relative',
  'siteAdministrator', 'student', 'systemAdministrator', 'teacher',
] as const;

const enrollment = {
  ...common,
  user: reference('user'),
  class: reference('class'),
  school: reference('org'),
  beginDate: date.optional(),
  endDate: date.optional(),
};

const birth = {
  birthDate: date.optional(),
  countryOfBirthCode: text.optional(),
  stateOfBirthAbbreviation: text.optional(),
  cityOfBirth: text.optional(),
  publicSchoolResidenceStatus: text.optional(),
};

const flagText = z.enum(['true', 'false']);
const flags = <T extends z.ZodType>(flag: T) =>
  Object.fromEntries(raceFlags.map((name) => [name, flag.optional()])) as Record<(typeof raceFlags)[number], z.ZodOptional<T>>;

const role12 = z.strictObject({
  roleType: z.enum(['primary', 'secondary']),
  role: open(roles12),
  org: reference('org'),
  userProfile: z.url().optional(),
  beginDate: date.optional(),
  endDate: date.optional(),
});

const shapes11: Record<BulkCollection, z.ZodType> = {
  orgs: z.strictObject({ ...org, type: z.enum(orgTypes) }),
  academicSessions: z.strictObject({ ...session, type: z.enum(sessionTypes) }),
  courses: course,
  classes: z.strictObject({ ...classes, classType: z.enum(classTypes).optional(), periods: texts.optional() }),
  users: z.strictObject({
    ...person,
    username: text,
    userIds: z.array(z.strictObject({ type: text.optional(), identifier: text })).max(100).optional(),
    enabledUser: z.boolean().optional(),
    role: z.enum(roles11),
    orgs: references('org').min(1),
  }),
  enrollments: z.strictObject({ ...enrollment, role: z.enum(roles11), primary: z.boolean().optional() }),
  demographics: z.strictObject({ ...common, ...birth, sex: z.enum(['male', 'female']).optional(), ...flags(z.boolean()) }),
};

const shapes12: Record<BulkCollection, z.ZodType> = {
  orgs: z.strictObject({ ...org, type: open(orgTypes) }),
  academicSessions: z.strictObject({ ...session, type: open(sessionTypes) }),
  courses: course,
  classes: z.strictObject({ ...classes, classType: open(classTypes).optional(), periods: texts.optional() }),
  users: z.strictObject({
    ...person,
    userMasterIdentifier: text.optional(),
    username: text.optional(),
    userIds: z.array(z.strictObject({ type: text, identifier: text })).max(100).optional(),
    enabledUser: flagText,
    preferredFirstName: text.optional(),
    preferredMiddleName: text.optional(),
    preferredLastName: text.optional(),
    pronouns: text.optional(),
    roles: z.array(role12).min(1).max(1000),
    userProfiles: z.array(z.unknown()).max(1000).optional(),
    primaryOrg: reference('org').optional(),
    resources: references('resource').optional(),
  }),
  enrollments: z.strictObject({
    ...enrollment,
    role: open(['administrator', 'proctor', 'student', 'teacher']),
    primary: flagText.optional(),
  }),
  demographics: z.strictObject({
    ...common,
    ...birth,
    sex: open(['male', 'female', 'unspecified', 'other']).optional(),
    ...flags(flagText),
  }),
};

/** One record of a stored collection as the official file of a version describes it; unknown properties are refused. */
export const officialShapes: Record<Version, Record<BulkCollection, z.ZodType>> = { '1.1': shapes11, '1.2': shapes12 };

const codeMinor = z.strictObject({
  imsx_codeMinorField: z
    .array(
      z.strictObject({
        imsx_codeMinorFieldName: text,
        imsx_codeMinorFieldValue: z.enum([
          'fullsuccess', 'invalid_filter_field', 'invalid_selection_field', 'invalid_sort_field', 'invaliddata',
          'unauthorisedrequest', 'forbidden', 'server_busy', 'unknownobject', 'internal_server_error',
        ]),
      }),
    )
    .min(1)
    .max(20),
});

/** An error answer as the official files describe it. */
export const officialStatusInfo = z.strictObject({
  imsx_codeMajor: z.enum(['success', 'processing', 'failure', 'unsupported']),
  imsx_severity: z.enum(['status', 'warning', 'error']),
  imsx_messageRefIdentifier: text.optional(),
  imsx_description: text.optional(),
  imsx_CodeMinor: codeMinor.optional(),
});
