import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Values of records that do harm where they are taken for anything but text. None may ever change the title of a page. */
export const HOSTILE = {
  markup: '<img src=x onerror="document.title=1"><b>Bold</b>',
  formula: '=HYPERLINK("https://evil.example")',
  turned: '\u202etxet desrever',
  marks: '\u200eleft \u200fright \u061carabic',
  prototype: '__proto__',
  script: '</span><script>document.title=2</script>',
  school: '<u onclick=document.title=3>School</u>',
  turnedSchool: '\u200floohcS',
  class: '<svg onload=document.title=4> {{7*7}}',
  largeLetters: 1_000_000,
} as const;

const cells = (...values: string[]): string => values.map((value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',');

const USERS = 'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,metadata.__proto__,metadata.constructor,metadata.note';

const FILES: Readonly<Record<string, string[]>> = {
  'orgs.csv': ['sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId', cells('S1', '', '', HOSTILE.school, 'school', '', 'D'), cells('S2', '', '', HOSTILE.turnedSchool, 'school', '', 'D'), cells('D', '', '', 'District', 'district', '1', '')],
  'academicSessions.csv': ['sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear', 'Y,,,Year,schoolYear,2026-08-01,2027-07-31,,2027', 'T1,,,Autumn,term,2026-08-01,2027-01-31,Y,2027'],
  'courses.csv': ['sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes', cells('C', '', '', 'Y', HOSTILE.script, 'M-1', '03', 'D', 'Maths', '02')],
  'classes.csv': ['sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods', cells('K1', '', '', HOSTILE.class, '03', 'C', HOSTILE.formula, 'scheduled', HOSTILE.turned, 'S1', 'T1', 'Maths', '02', '1')],
  'enrollments.csv': ['sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate', 'e1,,,K1,S1,h1,student,,2026-08-01,2027-01-31'],
  'users.csv': [
    USERS,
    cells('g1', '', '', 'true', 'S1', 'parent', 'g1', '', 'Gina', HOSTILE.script, '', '', `"><script>document.title=5</script>@x.example`, '', '', 'h1', '', '', '', '', ''),
    cells('h1', '', '', 'true', 'S1', 'student', 'h1', '', HOSTILE.formula, HOSTILE.markup, '', '', 'javascript:document.title=6', '', '', 'g1', '03', '', 'polluted', 'built', ''),
    cells('h2', '', '', 'true', 'S1', 'student', 'h2', '', HOSTILE.prototype, HOSTILE.turned, HOSTILE.marks, 'constructor', '', '', '', '', '<i>9</i>', '', '', '', 'x'.repeat(HOSTILE.largeLetters)),
    cells('h3', '', '', 'true', 'S2', 'student', '@SUM(A1)', '', '-2+3', '+cmd|calc', 'y'.repeat(1024), '', '', '', '', '', '03', '', '', '', ''),
  ],
};

/** Writes a OneRoster package of such records; gives its folder and what deletes it. */
export function writeHostileDistrict(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-hostile-'));
  const modes = Object.keys(FILES).map((name) => `file.${name.replace('.csv', '')},bulk`);
  writeFileSync(join(folder, 'manifest.csv'), ['propertyName,value', 'manifest.version,1.0', 'oneroster.version,1.1', 'file.demographics,absent', 'file.results,absent', ...modes, ''].join('\n'));
  for (const [name, lines] of Object.entries(FILES)) writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
