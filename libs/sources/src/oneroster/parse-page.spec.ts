import { SourceError } from '../source-error.js';
import { parsePage, type UpstreamAnswer } from './parse-page.js';
import { pageUrl } from './requests.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const answer = (body: unknown, over: Partial<UpstreamAnswer> = {}): UpstreamAnswer =>
  ({ status: 200, headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body), ...over });
const refusal = (one: UpstreamAnswer, kind: 'classlink' | 'oneroster-1.1' = 'oneroster-1.1'): SourceError => {
  try {
    parsePage(kind, 'users', one, { nowMs: NOW });
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
  throw new Error('the answer was taken for a page');
};

describe('a page', () => {
  test('has its rows, the told total and the revision', () => {
    const page = parsePage('classlink', 'users', answer({ users: [{ sourcedId: 'a' }, { sourcedId: 7 }] }, { headers: { 'x-total-count': '12', 'x-count': '2', 'x-perm-rev': 'r1' } }), { nowMs: NOW });
    expect(page).toEqual({ records: [{ sourcedId: 'a' }, { sourcedId: '7' }], toldTotal: 12, revision: 'r1' });
  });

  test('is asked for with the same sort each time', () => {
    expect(pageUrl('https://sis.example/ims/oneroster/v1p1/', 'users', { offset: 99, limit: 100 }))
      .toBe('https://sis.example/ims/oneroster/v1p1/users?limit=100&offset=99&sort=sourcedId&orderBy=asc');
  });

  test('loses passwords and configured secrets at any depth, however they are spelt', () => {
    const row = { sourcedId: 'a', Password: 'x', metadata: { 'ext.userPassword': 'x', list: [{ PASSWORD: 'x', kept: 1 }], Pin: 2 }, spare: 'pin' };
    const page = parsePage('oneroster-1.1', 'users', answer({ users: [row] }), { nowMs: NOW, redact: ['pin'] });
    expect(page.records).toEqual([{ sourcedId: 'a', metadata: { list: [{ kept: 1 }] }, spare: 'pin' }]);
    const escaped = parsePage('oneroster-1.1', 'users', answer('{"users":[{"sourcedId":"a","p\\u0061ssword":"x"}]}'), { nowMs: NOW });
    expect(escaped.records).toEqual([{ sourcedId: 'a' }]);
  });

  test('may be a bare list only where the source allows it', () => {
    const list = answer([{ sourcedId: 'a' }]);
    expect(refusal(list)).toMatchObject({ code: 'envelope_missing', retryable: false, message: expect.stringContaining('walk.envelope') });
    expect(parsePage('oneroster-1.1', 'users', list, { nowMs: NOW, envelope: 'bare-list-allowed' }).records).toHaveLength(1);
  });

  test.each([
    ['an HTML page', answer('<!doctype html><p>Anna Secret', { headers: { 'content-type': 'text/html' } }), 'answer_not_json', true],
    ['half a body', answer('{"users":[{"sourcedId":"Secret","giv'), 'answer_not_json', true],
    ['an empty body', answer(''), 'answer_not_json', true],
    ['null', answer('null'), 'envelope_missing', true],
    ['an object without the key', answer({ message: 'Secret' }), 'envelope_missing', true],
    ['a single record under the key', answer({ users: { sourcedId: 'Secret' } }), 'envelope_missing', true],
    ['another collection', answer({ orgs: [] }), 'envelope_wrong', false],
    ['a row that is text', answer({ users: ['Secret'] }), 'row_invalid', false],
    ['a row without id', answer({ users: [{ sourcedId: '', givenName: 'Secret' }] }), 'row_without_id', false],
    ['an imsx error', answer({ imsx_StatusInfo: { imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'Secret', imsx_CodeMinor: { imsx_codeMinorField: [{ imsx_codeMinorFieldName: 'x', imsx_codeMinorFieldValue: 'server_busy' }] } } }), 'upstream_error_answer', true],
    ['an unwrapped imsx error', answer({ imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'Secret' }), 'upstream_error_answer', true],
    ['the flat imsx error of Ed-Fi', answer({ imsx_codeMinor: 'invalid_data', imsx_description: 'Secret' }), 'upstream_error_answer', false],
    ['an error beside rows', answer({ users: [{ sourcedId: 'a' }], imsx_codeMajor: 'failure' }), 'upstream_error_answer', true],
    ['an error property', answer({ error: 'Secret' }), 'upstream_error_answer', true],
  ])('is never read from %s, and the error repeats none of its values', (_name, one, code, retryable) => {
    const error = refusal(one);
    expect(error).toMatchObject({ code, retryable, httpStatus: 200 });
    expect(`${error.message} ${String(error.cause)}`).not.toContain('Secret');
    expect(error.message.length).toBeLessThanOrEqual(500);
  });

  test('with fewer rows than the upstream counted is asked for again', () => {
    expect(refusal(answer({ users: [{ sourcedId: 'a' }] }, { headers: { 'x-count': '2' } }), 'classlink')).toMatchObject({ code: 'page_incomplete', retryable: true });
  });
});

describe('a status other than 200', () => {
  test.each([
    [400, 'upstream_rejected', false], [401, 'upstream_unauthorized', false], [403, 'upstream_forbidden', false], [404, 'upstream_not_found', false],
    [422, 'upstream_rejected', false], [429, 'upstream_rate_limited', true], [500, 'upstream_failing', true], [502, 'upstream_failing', true],
    [501, 'upstream_failing', false], [302, 'upstream_redirected', false], [206, 'upstream_status', false],
  ])('%i is %s', (status, code, retryable) => {
    expect(refusal(answer('<html>', { status }))).toMatchObject({ code, retryable, httpStatus: status, retryAfterMs: null });
  });

  test.each([['7', 7000], ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000], ['Wed, 31 Dec 2025 00:00:00 GMT', 0], ['99999999', 86_400_000], ['soon', null], ['-5', null]])(
    'may ask for a wait: %s', (value, waited) => {
      expect(refusal(answer('', { status: 429, headers: { 'retry-after': value } })).retryAfterMs).toBe(waited);
    });
});
