import type { LiveClass, LivePerson, NormalClass, NormalUser } from '@lastgood/contracts';

const LIST_LIMIT = 64;
const text = (value: string | null): string | null => (value === null ? null : value.slice(0, 1024));
const list = (values: readonly string[], most: number, letters: number): string[] => values.slice(0, most).map((value) => value.slice(0, letters));

/** A person as live answers show it; the same properties and bounds as the items of a snapshot. */
export function livePerson(user: NormalUser): LivePerson {
  return {
    sourcedId: user.sourcedId, status: user.status.slice(0, 32),
    givenName: text(user.givenName), middleName: text(user.middleName), familyName: text(user.familyName), preferredName: text(user.preferredName), username: text(user.username),
    email: text(user.email), phone: text(user.phone), sms: text(user.sms), identifier: text(user.identifier),
    roles: list(user.roles, 32, 64), grades: list(user.grades, 32, 32),
    schools: user.orgIds.slice(0, LIST_LIMIT).map((sourcedId) => ({ sourcedId, name: null })),
    enabled: user.enabled,
  };
}

/** A class as live answers show it. */
export function liveClass(record: NormalClass): LiveClass {
  return {
    sourcedId: record.sourcedId, status: record.status.slice(0, 32),
    title: text(record.title), classCode: text(record.classCode), classType: text(record.classType), location: text(record.location),
    grades: list(record.grades, 32, 32), subjects: list(record.subjects, LIST_LIMIT, 255), periods: list(record.periods, LIST_LIMIT, 64),
    course: record.courseId === null ? null : { sourcedId: record.courseId, title: null },
    school: record.schoolId === null ? null : { sourcedId: record.schoolId, name: null },
  };
}
