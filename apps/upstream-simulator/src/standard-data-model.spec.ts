import { startSimulator, type RunningSimulator } from './start-simulator.js';

type Json = Record<string, unknown>;
interface Reference { href: string; sourcedId: string; type: string }

/*
 * What the standard says of each field, read from its own documents and knowing nothing of the simulator's code: 1.2 from 1EdTech's OpenAPI file of the rostering service (v1p0), 1.1 from the
 * data model of the final specification and its OpenAPI file; where these differ (`periods`) the specification counts. A trailing ? is optional, `a|b` an enumeration (in 1.2 open to `ext:...`
 * where written with +), `>x` a reference to an x, `>x[]` a list of them.
 */
const common = { sourcedId: 'text', status: 'active|tobedeleted', dateLastModified: 'instant', metadata: 'object?' };
const org = { ...common, name: 'text', type: 'department|district|local|national|school|state+', identifier: 'text', parent: '>org?', children: '>org[]?' };
const session = { ...common, title: 'text', startDate: 'date', endDate: 'date', type: 'gradingPeriod|semester|schoolYear|term+', parent: '>academicSession?', children: '>academicSession[]?', schoolYear: 'year' };
const course = { ...common, title: 'text', schoolYear: '>academicSession?', courseCode: 'text', grades: 'texts?', subjects: 'texts?', org: '>org?', subjectCodes: 'texts?', resources: '>resource[]?' };
const group = {
  ...common, title: 'text', classCode: 'text?', classType: 'homeroom|scheduled+?', location: 'text?', grades: 'texts?', subjects: 'texts?', course: '>course', school: '>org', terms: '>academicSession[]',
  subjectCodes: 'texts?', periods: 'texts?', resources: '>resource[]?',
};
const person = { ...common, givenName: 'text', familyName: 'text', middleName: 'text?', userIds: 'userIds?', identifier: 'text?', email: 'text?', sms: 'text?', phone: 'text?', agents: '>user[]?', grades: 'texts?', password: 'text?' };
const enrollment = { ...common, user: '>user', class: '>class', school: '>org', beginDate: 'date?', endDate: 'date?' };
const RACES = ['americanIndianOrAlaskaNative', 'asian', 'blackOrAfricanAmerican', 'nativeHawaiianOrOtherPacificIslander', 'white', 'demographicRaceTwoOrMoreRaces', 'hispanicOrLatinoEthnicity'];
const demographics = { ...common, birthDate: 'date?', countryOfBirthCode: 'text?', stateOfBirthAbbreviation: 'text?', cityOfBirth: 'text?', publicSchoolResidenceStatus: 'text?', ...Object.fromEntries(RACES.map((race) => [race, 'flag?'])) };
const ROLES_11 = 'administrator|aide|guardian|parent|proctor|relative|student|teacher';
const MODEL: Record<'1.1' | '1.2', Record<string, Record<string, string>>> = {
  '1.1': {
    orgs: org, academicSessions: session, courses: course, classes: group,
    users: { ...person, username: 'text', enabledUser: 'flag', role: ROLES_11, orgs: '>org[]' },
    enrollments: { ...enrollment, role: ROLES_11, primary: 'flag?' },
    demographics: { ...demographics, sex: 'male|female?' },
  },
  '1.2': {
    orgs: org, academicSessions: session, courses: course, classes: group,
    users: {
      ...person, userMasterIdentifier: 'text?', username: 'text?', enabledUser: 'flag', preferredFirstName: 'text?', preferredMiddleName: 'text?', preferredLastName: 'text?', pronouns: 'text?', roles: 'roles',
      userProfiles: 'objects?', primaryOrg: '>org?', resources: '>resource[]?',
    },
    enrollments: { ...enrollment, role: 'administrator|proctor|student|teacher+', primary: 'flag?' },
    demographics: { ...demographics, sex: 'male|female|unspecified|other+?' },
  },
};
const ROLE_12 = { roleType: 'primary|secondary', role: 'aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator|student|systemAdministrator|teacher+', org: '>org', userProfile: 'text?', beginDate: 'date?', endDate: 'date?' };
const PATHS: Record<string, string> = { org: 'orgs', academicSession: 'academicSessions', course: 'courses', class: 'classes', user: 'users' };

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isDate = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(value).toISOString().startsWith(value);
const isReference = (value: unknown, type: string): boolean =>
  JSON.stringify(Object.keys(value as object).sort()) === '["href","sourcedId","type"]' && (value as Reference).type === type && isText((value as Reference).sourcedId) && URL.canParse((value as Reference).href);

/** What is wrong with a record, by field; [] when nothing is. */
function faults(record: Json, model: Record<string, string>, version: '1.1' | '1.2'): string[] {
  const unknown = Object.keys(record).filter((name) => !(name in model)).map((name) => `${name} is not in the standard`);
  return [...unknown, ...Object.entries(model).flatMap(([name, wanted]) => {
    if (record[name] === undefined) return wanted.endsWith('?') ? [] : [`${name} is missing`];
    return fits(record[name], wanted.replace(/\?$/, ''), version) ? [] : [`${name} is no ${wanted}: ${JSON.stringify(record[name])}`];
  })];
}

function fits(value: unknown, wanted: string, version: '1.1' | '1.2'): boolean {
  const all = (test: (item: unknown) => boolean, least = 0): boolean => Array.isArray(value) && value.length >= least && value.every(test);
  if (wanted.startsWith('>')) return wanted.endsWith('[]') ? all((item) => isReference(item, wanted.slice(1, -2))) : isReference(value, wanted.slice(1));
  switch (wanted) {
    case 'text': return isText(value);
    case 'texts': return all(isText);
    case 'date': return isDate(value);
    case 'instant': return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value));
    case 'year': return typeof value === 'string' && /^\d{4}$/.test(value);
    case 'flag': return version === '1.1' ? typeof value === 'boolean' : value === 'true' || value === 'false';
    case 'object': return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'objects': return all((item) => typeof item === 'object');
    case 'userIds': return all((item) => JSON.stringify(Object.keys(item as object).sort()) === '["identifier","type"]' && Object.values(item as object).every(isText));
    case 'roles': return all((item) => faults(item as Json, ROLE_12, version).length === 0, 1);
    default: return typeof value === 'string' && (wanted.replace('+', '').split('|').includes(value) || (wanted.endsWith('+') && version === '1.2' && /^ext:[a-zA-Z0-9.\-_]+$/.test(value)));
  }
}

describe.each([['1.1', '/ims/oneroster/v1p1'], ['1.2', '/ims/oneroster/rostering/v1p2']] as const)('OneRoster %s as it is served', (version, root) => {
  let simulator: RunningSimulator;
  const served: Record<string, Map<string, Json>> = {};
  const records = (collection: string): Json[] => [...(served[collection]?.values() ?? [])];
  const get = async (url: string): Promise<Json> => await (await fetch(url, { headers: { authorization: 'Bearer upstream-token' } })).json() as Json;
  const idsIn = (value: unknown): string[] => ((value ?? []) as Reference[]).map(({ sourcedId }) => sourcedId);
  const idIn = (value: unknown): string => (value as Reference).sourcedId;

  beforeAll(async () => {
    simulator = await startSimulator({ people: 1500, seed: 29, night: 40 });
    for (const collection of Object.keys(MODEL[version])) {
      const list = (await get(`${simulator.url}${root}/${collection}?limit=100000`))[collection] as Json[];
      served[collection] = new Map(list.map((record) => [String(record['sourcedId']), record]));
      expect(served[collection].size).toBe(list.length);
      expect(list.length).toBeGreaterThan(1);
    }
  });
  afterAll(() => simulator.close());

  test.each(Object.keys(MODEL[version]))('every field of %s has the name, type and values of the standard', (collection) => {
    const wrong = records(collection).flatMap((record) => faults(record, MODEL[version][collection] ?? {}, version).map((fault) => `${String(record['sourcedId'])}: ${fault}`));
    expect(wrong.slice(0, 5)).toEqual([]);
    const used = new Set(records(collection).flatMap((record) => Object.keys(record)));
    // A model that nothing fills would prove nothing.
    expect(Object.entries(MODEL[version][collection] ?? {}).filter(([name, wanted]) => !wanted.endsWith('?') && !used.has(name))).toEqual([]);
  });

  test('every reference leads to a record of its type, and its href to that very record', async () => {
    const met = new Map<string, Reference>();
    for (const collection of Object.keys(MODEL[version])) {
      for (const record of records(collection)) {
        JSON.stringify(record, (_, value: unknown) => {
          if (typeof value === 'object' && value !== null && 'href' in value) met.set(`${(value as Reference).type}/${(value as Reference).sourcedId}`, value as Reference);
          return value;
        });
      }
    }
    expect([...met.values()].filter(({ type, sourcedId }) => !served[PATHS[type] ?? '']?.has(sourcedId))).toEqual([]);
    expect(new Set([...met.values()].map(({ type }) => type))).toEqual(new Set(Object.keys(PATHS)));
    for (const type of Object.keys(PATHS)) {
      for (const { href, sourcedId } of [...met.values()].filter((reference) => reference.type === type).slice(0, 5)) expect(await get(href)).toEqual({ [type]: served[PATHS[type] ?? '']?.get(sourcedId) });
    }
  });

  test('parents and children know each other, and a session lies within its parent and ends in its school year', () => {
    for (const collection of ['orgs', 'academicSessions']) {
      for (const record of records(collection)) {
        for (const child of idsIn(record['children'])) expect(idIn(served[collection]?.get(child)?.['parent'])).toBe(record['sourcedId']);
        if (record['parent']) expect(idsIn(served[collection]?.get(idIn(record['parent']))?.['children'])).toContain(record['sourcedId']);
      }
    }
    for (const one of records('academicSessions')) {
      const parent = one['parent'] ? served['academicSessions']?.get(idIn(one['parent'])) : one;
      expect([String(one['startDate']) < String(one['endDate']), String(parent?.['startDate']) <= String(one['startDate']), String(one['endDate']) <= String(parent?.['endDate'])]).toEqual([true, true, true]);
      if (one['type'] === 'schoolYear') expect(one['schoolYear']).toBe(String(one['endDate']).slice(0, 4));
    }
  });

  test('agents are told from both sides, and no teacher is one', () => {
    const rolesOf = (user: Json | undefined): unknown[] => (version === '1.1' ? [user?.['role']] : (user?.['roles'] as Json[]).map(({ role }) => role));
    const family = ['parent', 'guardian', 'relative'];
    let links = 0;
    for (const user of records('users')) {
      for (const agent of idsIn(user['agents'])) {
        const other = served['users']?.get(agent);
        links += 1;
        expect(idsIn(other?.['agents'])).toContain(user['sourcedId']);
        const [one, another] = [rolesOf(user), rolesOf(other)];
        expect([one, another].some((roles) => roles.includes('student')) && [one, another].some((roles) => family.some((role) => roles.includes(role)))).toBe(true);
      }
      if (version === '1.2') {
        const primaries = (user['roles'] as Json[]).filter(({ roleType }) => roleType === 'primary').map(({ org: at }) => idIn(at));
        expect([primaries.length > 0, new Set(primaries).size]).toEqual([true, primaries.length]);
      }
    }
    expect(links).toBeGreaterThan(500);
  });

  test('an enrolment is in the school and within the time of its class, which has one primary teacher at most; demographics are those of students', () => {
    const primaries = new Set<string>();
    for (const one of records('enrollments')) {
      const of = served['classes']?.get(idIn(one['class']));
      expect(idIn(one['school'])).toBe(idIn(of?.['school']));
      const terms = idsIn(of?.['terms']).map((id) => served['academicSessions']?.get(id));
      expect(terms.length).toBeGreaterThan(0);
      if (one['beginDate']) expect(terms.some((term) => String(term?.['startDate']) <= String(one['beginDate']) && String(one['beginDate']) < String(term?.['endDate']))).toBe(true);
      if (one['endDate']) expect(terms.some((term) => String(term?.['startDate']) < String(one['endDate']) && String(one['endDate']) <= String(term?.['endDate']))).toBe(true);
      if (String(one['primary']) !== 'true') continue;
      expect([one['role'], primaries.has(idIn(one['class']))]).toEqual(['teacher', false]);
      primaries.add(idIn(one['class']));
    }
    expect(primaries.size).toBeGreaterThan(10);
    expect(records('demographics').filter(({ sourcedId }) => !served['users']?.has(String(sourcedId)))).toEqual([]);
  });

  test('a refusal has a code that the standard knows', async () => {
    const codes = { '1.1': ['invaliddata', 'invalid_sort_field', 'invalid_selection_field', 'unknownobject', 'unauthorisedrequest'], '1.2': ['invalid_filter_field', 'invalid_selection_field', 'invaliddata', 'unknownobject', 'unauthorisedrequest'] };
    for (const path of ['/users?sort=nothing', '/users?fields=nothing', '/users/nobody', '/users?limit=0']) {
      const answer = await get(`${simulator.url}${root}${path}`);
      const [field] = ((answer['imsx_CodeMinor'] as Json)['imsx_codeMinorField'] as Json[]);
      expect([path, answer['imsx_codeMajor'], answer['imsx_severity'], codes[version].includes(String(field?.['imsx_codeMinorFieldValue']))]).toEqual([path, 'failure', 'error', true]);
    }
  });
});
