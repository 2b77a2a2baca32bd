import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { officialShapes } from '../oneroster/official-shapes.js';
import { collections, storedIn } from '../roster.js';
import { startSimulator } from '../start-simulator.js';
import { CsvDistrict } from './csv-district.js';

type Json = Record<string, unknown>;

const common: Readonly<Record<string, string>> = {
  'orgs.csv': `sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
FY-school,,,Grundschule Köln,school,,D
D,,,District,district,4711,
`,
  'academicSessions.csv': `sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
Y,,,Year,schoolYear,2025-08-01,2026-07-31,,2026
T1,,,Autumn,term,2025-08-01,2026-01-31,Y,2026
`,
  'courses.csv': `sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
C,,,Y,Maths,M-1,"03,04",D,Maths,02
`,
  'classes.csv': `sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
7_1553,,,Maths A,03,C,MA,scheduled,Room 19,FY-school,T1,Maths,02,"1,3"
`,
  'enrollments.csv': `sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,7_1553,FY-school,s1,student,,2025-08-01,2026-01-31
e2,,,7_1553,FY-school,t1,teacher,true,,
`,
  'demographics.csv': `sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus
s1,,,2016-05-04,female,false,true,,,,,,DE,,Köln,
`,
};

const users11 = `sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,metadata.bus
s1,active,2025-09-01T08:00:00.000Z,true,FY-school,student,zoe,"{Fed:1234},{LDAP:zoe}",Zoë,"O""Brien, Jr.",,99,zoe@x.example,,,"g1,g2",03,pw,12
t1,,,true,FY-school,teacher,tom,,Tom,Müller,,,,,,,,,
g1,,,false,FY-school,parent,gina,,Gina,O'Brien,,,,,555-1,s1,,,
g2,,,true,"FY-school,D",administrator,gus,,Gus,Ödön,,,,,,s1,,,
`;

const users12 = `sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
s1,,,true,zoe,{Fed:1234},Zoë,O'Brien,,99,,,,g1,03,,M1,Zo,,,FY-school,they/them
t1,,,true,tom,,Tom,Müller,,,,,,,,,,,,,FY-school,
g1,,,true,gina,,Gina,O'Brien,,,,,,s1,,,,,,,,
g2,,,true,gus,,Gus,Ödön,,,,,,,,,,,,,,
`;

const roles12 = `sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,s1,primary,student,2025-08-01,,FY-school,
r2,,,t1,secondary,aide,,,D,
r3,,,t1,primary,teacher,,,FY-school,
r4,,,g1,primary,parent,,,FY-school,
r5,,,g2,primary,principal,,,FY-school,
`;

function manifest(version: string, names: readonly string[]): string {
  const modes = names.map((name) => `file.${name.replace('.csv', '')},bulk`);
  return ['propertyName,value', 'manifest.version,1.0', `oneroster.version,${version}`, 'file.results,absent', ...modes, ''].join('\n');
}

async function writePackage(version: '1.1' | '1.2', changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'csv-package-'));
  const files: Record<string, string> = { ...common, 'users.csv': version === '1.1' ? users11 : users12, ...(version === '1.2' ? { 'roles.csv': roles12 } : {}) };
  files['manifest.csv'] = `\uFEFF${manifest(version, Object.keys(files))}`;
  for (const [name, text] of Object.entries({ ...files, ...changes })) {
    await writeFile(join(folder, name), text);
    await utimes(join(folder, name), 1_750_000_000, 1_750_000_000);
  }
  return folder;
}

/** Zips a folder with Python, which every development machine has; the simulator itself needs no program. */
function zip(folder: string): string {
  const path = `${folder}.zip`;
  execFileSync('python3', ['-c', 'import sys,os,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\n[z.write(os.path.join(sys.argv[2],n),n) for n in os.listdir(sys.argv[2])]\nz.close()', path, folder]);
  return path;
}

describe('a district from CSV files', () => {
  test.each(['1.1', '1.2'] as const)('of version %s is served in the shapes of both REST versions', async (fileVersion) => {
    const folder = await writePackage(fileVersion);
    const simulator = await startSimulator({ csv: folder, auth: { kind: 'none' } });
    const list = async (path: string): Promise<Json[]> =>
      Object.values((await (await fetch(`${simulator.url}/ims/oneroster/${path}`)).json()) as Record<string, Json[]>)[0] as Json[];
    for (const [root, version] of [['v1p1', '1.1'], ['rostering/v1p2', '1.2']] as const) {
      for (const collection of collections.filter((name) => name !== 'gradingPeriods')) {
        const records = await list(`${root}/${collection}`);
        expect(records.length).toBeGreaterThan(0);
        for (const record of records) officialShapes[version][storedIn[collection]].parse(record);
      }
    }
    expect((await list('v1p1/users')).map((user) => [user['sourcedId'], user['role']])).toEqual([['g1', 'parent'], ['g2', 'administrator'], ['s1', 'student'], ['t1', 'teacher']]);
    expect(await list('v1p1/teachers')).toHaveLength(1);
    expect((await list('v1p1/orgs')).map((org) => org['sourcedId'])).toEqual(['D', 'FY-school']);
    expect((await list('v1p1/orgs'))[0]?.['children']).toMatchObject([{ sourcedId: 'FY-school' }]);
    await simulator.close();
    await rm(folder, { recursive: true });
  });

  test('keeps quoted commas, accents, agents, user ids and metadata', async () => {
    const folder = await writePackage('1.1');
    const district = await CsvDistrict.open(folder);
    expect(district.find('students', 's1')).toMatchObject({
      givenName: 'Zoë', familyName: 'O"Brien, Jr.', agentIds: ['g1', 'g2'], metadata: { bus: '12' }, password: 'pw',
      userIds: [{ type: 'Fed', identifier: '1234' }, { type: 'LDAP', identifier: 'zoe' }], modified: '2025-09-01T08:00:00.000Z',
    });
    expect(district.find('teachers', 's1')).toBeUndefined();
    expect(() => district.at('users', 4)).toThrow(RangeError);
    await district.close();
    await rm(folder, { recursive: true });
  });

  test('is the same from a ZIP file, and leaves no temporary file behind', async () => {
    const temporary = async (): Promise<number> => (await readdir(tmpdir())).filter((name) => name.startsWith('upstream-simulator-')).length;
    const before = await temporary();
    const folder = await writePackage('1.2');
    const path = zip(folder);
    const [zipped, plain] = [await CsvDistrict.open(path), await CsvDistrict.open(folder)];
    for (const collection of collections) {
      expect(zipped.count(collection)).toBe(plain.count(collection));
      const ids = (district: CsvDistrict): string[] => Array.from({ length: district.count(collection) }, (_, position) => district.at(collection, position).id);
      expect(ids(zipped)).toEqual(ids(plain));
    }
    await zipped.close();
    await plain.close();
    expect(await temporary()).toBe(before);
    await rm(folder, { recursive: true });
    await rm(path);
  });

  test.each([
    ['a delta file', { 'manifest.csv': 'propertyName,value\noneroster.version,1.1\nfile.users,delta\n' }, 'delta'],
    ['another version', { 'manifest.csv': 'propertyName,value\noneroster.version,1.0\n' }, '1.1 or 1.2'],
    ['a file that is missing', { 'manifest.csv': 'propertyName,value\noneroster.version,1.1\nfile.roles,bulk\n' }, 'roles.csv'],
    ['a wrong header', { 'manifest.csv': 'name,value\na,b\n' }, 'propertyName,value'],
  ])('%s is refused with the reason', async (_name, changes, reason) => {
    const folder = await writePackage('1.1', changes);
    await expect(CsvDistrict.open(folder)).rejects.toThrow(reason);
    await rm(folder, { recursive: true });
  });
});
