import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SearchCsvQuery } from '@lastgood/contracts';
import { ANY_AGE } from './at-least.js';
import { SearchCsvs } from './search-csv.js';
import { codeOf, districts, TestBucket, until } from './testing/read-side.js';
import { servingParts } from './testing/serving-parts.js';
import { person } from './testing/writing-side.js';

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.open();
});
afterEach(() => bucket.close());

/** With its byte order mark, which spreadsheets need to read it as UTF-8. */
const text = async (content: Readable): Promise<string> => (await buffer(content)).toString();
const linesOf = (csv: string): string[] => csv.trimEnd().split('\r\n');
const many = (familyName: string, count: number) => Array.from({ length: count }, (_, at) => person({ sourcedId: `s${String(at).padStart(4, '0')}`, familyName, givenName: `G${String(at).padStart(4, '0')}` }));

describe('a result as CSV', () => {
  test('has every exact match once, from one snapshot, although another one becomes current meanwhile', async () => {
    const writer = bucket.writer();
    const snapshot = await writer.snapshot({ people: [...many('Kowalski', 650), person({ sourcedId: 'x', familyName: 'Kowalsky' })] });
    const { serving, logs, indexes } = servingParts(bucket);
    const csv = await new SearchCsvs(districts(), serving).of('oak', 'students', SearchCsvQuery.parse({ q: 'kowalski' }), ANY_AGE);
    expect([csv.snapshots, csv.rows]).toEqual([`sis=${snapshot}`, 650]);
    await writer.snapshot({ people: many('Okafor', 3) });
    await logs.heard('oak', 'sis');
    await until(async () => (await serving.current('oak', 'sis'))?.attempt.entry.snapshot !== snapshot);
    const [head, ...rows] = linesOf(await text(csv.content));
    expect(head).toBe('\ufeffsource,snapshot,sourcedId,status,givenName,middleName,familyName,preferredName,username,email,phone,sms,identifier,roles,grades,schools,schoolIds,enabled,guardians,guardianIds');
    expect(rows).toEqual(many('Kowalski', 650).map(({ sourcedId, givenName }) => `sis,${snapshot},${sourcedId},active,${givenName},,Kowalski,,,,,,,student,,,,true,,`));
    await indexes.close();
  });

  test('keeps formulas, quotes, line ends and lists in their cells', async () => {
    const people = [
      person({ sourcedId: 'p1', roles: ['guardian'], givenName: '=cmd|calc', familyName: 'He said "hi"', email: '@x', phone: '+1 555', middleName: '-1', username: 'a\nb', grades: ['1', '2'], orgIds: ['org-1', 'org-2'] }),
      person({ sourcedId: 's1', givenName: 'Bo', familyName: 'Ng', agentIds: ['p1'] }),
    ];
    const snapshot = await bucket.writer().snapshot({ people });
    const { serving, indexes } = servingParts(bucket);
    const rowOf = async (dataset: 'students' | 'parents'): Promise<string> => {
      const [, row] = (await text((await new SearchCsvs(districts(), serving).of('oak', dataset, SearchCsvQuery.parse({}), ANY_AGE)).content)).split('\r\n');
      return row as string;
    };
    expect(await rowOf('parents')).toBe(`sis,${snapshot},p1,active,'=cmd|calc,'-1,"He said ""hi""",,"a\nb",'@x,'+1 555,,,guardian,"1, 2","org-1, org-2","org-1, org-2",true,Bo Ng,s1`);
    expect(await rowOf('students')).toBe(`sis,${snapshot},s1,active,Bo,,Ng,,,,,,,student,,,,true,"=cmd|calc He said ""hi""",p1`.replace('"=cmd', '"\'=cmd'));
    await indexes.close();
  });

  test('is refused when more match than it may hold, or when there is no snapshot', async () => {
    await bucket.writer().snapshot({ people: many('Ng', 11) });
    const { serving, indexes } = servingParts(bucket);
    const csvs = new SearchCsvs(districts(), serving, 10);
    expect(await codeOf(csvs.of('oak', 'students', SearchCsvQuery.parse({}), ANY_AGE))).toBe('too_many_rows');
    expect(linesOf(await text((await csvs.of('oak', 'students', SearchCsvQuery.parse({ q: 'g0001' }), ANY_AGE)).content))).toHaveLength(2);
    expect(await codeOf(csvs.of('elm', 'students', SearchCsvQuery.parse({}), ANY_AGE))).toBe('no_snapshot_yet');
    await indexes.close();
  });
});
