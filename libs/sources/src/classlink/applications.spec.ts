import { applicationsUrl, chooseApplication, classlinkRoot, parseApplications } from './applications.js';

const entry = (over: object = {}): object => ({
  id: 1, tenant_name: 'x', tenant_id: 17, application_id: 9, bearer: 'b-1', name: 'y', oneroster_application_id: 'XHkp%2FmX1KunU%3D', enabled: 'true', tenant_status: 'Active', ...over,
});
const parse = (body: unknown, status = 200) => parseApplications({ status, headers: {}, body: JSON.stringify(body) }, 0);

describe('the list of applications at ClassLink', () => {
  test('tells path, tenant and bearer of the usable ones', () => {
    const list = parse({ status: 1, applications: [entry(), entry({ oneroster_application_id: 'b', enabled: 'false' }), entry({ oneroster_application_id: 'c', tenant_status: 'Inactive' })] });
    expect(list.map(({ usable }) => usable)).toEqual([true, false, false]);
    expect(chooseApplication(list, { tenantId: '17' })).toEqual({ applicationId: 'XHkp%2FmX1KunU%3D', tenantId: '17', bearer: 'b-1', usable: true });
  });

  test('gives a path in which the escaped id stands as it came', () => {
    expect(classlinkRoot('https://proxy.example/', '/proxy/v1p0/', 'XHkp%2FmX1KunU%3D')).toBe('https://proxy.example/proxy/v1p0/XHkp%2FmX1KunU%3D/ims/oneroster/v1p1');
    expect(classlinkRoot('https://proxy.example', '', 'a')).toBe('https://proxy.example/a/ims/oneroster/v1p1');
    expect(applicationsUrl('https://proxy.example/', { offset: 100, limit: 100 })).toBe('https://proxy.example/applications?limit=100&offset=100');
  });

  test.each(['../x', 'a/b', '..', '%2e%2e', 'a?b', 'a b', ''])('leaves out an id that would leave its path segment: %j', (id) => {
    expect(parse({ applications: [entry({ oneroster_application_id: id })] })).toEqual([]);
  });

  test('says which setting is missing', () => {
    const two = parse({ applications: [entry(), entry({ oneroster_application_id: 'b', tenant_id: 18 })] });
    expect(() => chooseApplication(two, {})).toThrow(expect.objectContaining({ code: 'application_ambiguous', message: expect.stringContaining('classlink.tenantId') }));
    expect(() => chooseApplication(two, { tenantId: '99' })).toThrow(expect.objectContaining({ code: 'application_unknown' }));
    const off = parse({ applications: [entry({ enabled: 'false' })] });
    expect(() => chooseApplication(off, {})).toThrow(expect.objectContaining({ code: 'application_disabled' }));
  });

  test.each([[{ status: 1 }, 200, 'applications_invalid'], [[], 200, 'applications_invalid'], [{ applications: ['x'] }, 200, 'applications_invalid'], [{ error: 'x' }, 200, 'upstream_error_answer'], [{}, 401, 'upstream_unauthorized']])(
    'is not read from %j (%i)', (body, status, code) => {
      expect(() => parse(body, status)).toThrow(expect.objectContaining({ code }));
    });
});
