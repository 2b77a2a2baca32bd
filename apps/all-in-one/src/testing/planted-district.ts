import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const FAMILY_NAME = 'Quaxworthy';
export const MAIL = 'quaxmail@planted.example';
export const PHONE = '5550178931';
/** The first of its collection, so that a quirk of the first row is one of this record. */
export const PLANTED_ID = '0-quaxid';
/** Whatever stands of a planted value in a text: its name, also misspelt, its mail, role, id, and phone. */
export const PLANTED = new RegExp(`quax|${PHONE}`, 'i');

const PLAIN_PEOPLE = 200;
const LONGER_THAN_A_MAIL_MAY_BE = 3_000;

const STUDENTS = Array.from({ length: PLAIN_PEOPLE }, (_, index) => `p${index},,,true,S1,student,plain${index},,Ada,Plain${index},,,plain${index}@oak.example,,,,03,`);
const FILES: Readonly<Record<string, readonly string[]>> = {
  orgs: ['sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId', 'D,,,District,district,1,', 'S1,,,School,school,2,D'],
  academicSessions: ['sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear', 'Y,,,Year,schoolYear,2026-08-01,2027-07-31,,2027', 'T1,,,Autumn,term,2026-08-01,2027-01-31,Y,2027'],
  courses: ['sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes', 'C,,,Y,Maths,M-1,03,D,Maths,02'],
  classes: ['sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods', 'K1,,,Maths 3,03,C,M-1a,scheduled,1,S1,T1,Maths,02,1'],
  enrollments: ['sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate', `e1,,,K1,S1,${PLANTED_ID},student,,2026-08-01,2027-01-31`],
  users: [
    'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password',
    `${PLANTED_ID},,,true,S1,student,quaxuser,,Zara,${FAMILY_NAME},,,${MAIL},,${PHONE},1-quaxid,03,quaxpassword`,
    `1-quaxid,,,true,S1,parent,quaxparent,,Yan,${FAMILY_NAME},,,${MAIL},,${PHONE},${PLANTED_ID},,`,
    `2-quaxid,,,true,S1,student,quaxlong,,Zoe,${FAMILY_NAME},,,${'quaxmail'.repeat(LONGER_THAN_A_MAIL_MAY_BE / 8)},,${PHONE},,03,`,
    `3-quaxid,,,true,S1,quaxrole,quaxrole,,Zed,${FAMILY_NAME},,,${MAIL},,${PHONE},,,`,
    ...STUDENTS,
  ],
};

/** Writes a OneRoster package of some plain people and four planted ones: a student and a parent that are all right, a mail that is too long, a role that nobody knows. Gives its folder. */
export function writePlantedDistrict(folder: string): string {
  mkdirSync(folder);
  const modes = Object.keys(FILES).map((name) => `file.${name},bulk`);
  writeFileSync(join(folder, 'manifest.csv'), ['propertyName,value', 'manifest.version,1.0', 'oneroster.version,1.1', 'file.demographics,absent', 'file.results,absent', ...modes, ''].join('\n'));
  for (const [name, lines] of Object.entries(FILES)) writeFileSync(join(folder, `${name}.csv`), `${lines.join('\n')}\n`);
  return folder;
}
