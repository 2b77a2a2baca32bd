import { z } from 'zod';
import { ANSWERS, requestOf } from './index.js';
import { ROUTES } from './operations.js';

describe('the request of an operation', () => {
  test('has every parameter encoded in its path, and of the query what is set', () => {
    expect(requestOf('people_student', { district: 'lakeside', sourcedId: 'a/b ?c', query: { source: undefined } })).toEqual({ method: 'GET', path: '/api/v1/districts/lakeside/students/a%2Fb%20%3Fc' });
    expect(requestOf('people_students', { district: 'lakeside', query: { q: 'mary & co', limit: 20, similar: 'false', role: '' } }).path).toBe('/api/v1/districts/lakeside/students?q=mary+%26+co&limit=20&similar=false&role=');
    expect(requestOf('districts_list', {})).toEqual({ method: 'GET', path: '/api/v1/districts' });
  });

  test('carries its body, null too, and none where none is given', () => {
    expect(requestOf('schedule_set', { district: 'lakeside', source: 'sis', body: null })).toEqual({ method: 'PUT', path: '/api/v1/districts/lakeside/sources/sis/schedule', body: null });
    expect(requestOf('snapshots_reject', { district: 'lakeside', snapshot: '1-a' })).toEqual({ method: 'POST', path: '/api/v1/districts/lakeside/snapshots/1-a/reject' });
  });

  test('does not compile with another name, place or value than the routes declare', () => {
    const refused = [
      // @ts-expect-error there is no such operation
      () => requestOf('runs_two', { run: 'r-1' }),
      // @ts-expect-error the path needs its parameter
      () => requestOf('runs_one', {}),
      // @ts-expect-error the parameter has another name
      () => requestOf('runs_one', { id: 'r-1' }),
      // @ts-expect-error the query has another name for it
      () => requestOf('runs_list', { query: { tenant: 'lakeside' } }),
      // @ts-expect-error the query takes three words here
      () => requestOf('people_students', { district: 'lakeside', query: { similar: 'perhaps' } }),
      // @ts-expect-error an approval says what was looked at
      () => requestOf('snapshots_approve', { district: 'lakeside', snapshot: '1-a', body: { reason: 'fine' } }),
      // @ts-expect-error an approval has a body
      () => requestOf('snapshots_approve', { district: 'lakeside', snapshot: '1-a' }),
      // @ts-expect-error there is no such role
      () => requestOf('admin_create', { body: { name: 'desk', role: 'owner' } }),
    ];
    expect(refused).toHaveLength(8);
  });

  test('stands in one table with the shape of its answer: each shape is of a route, and is one', () => {
    const answered = Object.keys(ANSWERS);
    expect(answered.length).toBeGreaterThan(25);
    expect(answered.filter((operation) => !(operation in ROUTES))).toEqual([]);
    expect(Object.values(ANSWERS).every((shape) => shape instanceof z.ZodType)).toBe(true);
  });
});
