import { datasetsOf } from './datasets-of.js';
import { judgeClaim, linkClaims } from './guardian-links.js';

const user = (sourcedId: string, roles: string[], agentIds: string[] = []) => ({ sourcedId, roles, agentIds });

describe('datasets', () => {
  test.each([[['student'], ['students']], [['parent'], ['parents']], [['guardian'], ['parents']], [['relative'], ['parents']], [['teacher', 'parent'], ['parents', 'teachers']],
    [['aide'], ['staff']], [['districtAdministrator'], ['staff']], [['ext:x'], ['staff']], [['student', 'aide'], ['students']]])('of a user with roles %j are %j', (roles, datasets) => {
    expect(datasetsOf({ roles })).toEqual(datasets);
  });
});

describe('links between guardians and children', () => {
  test('are read from both directions', () => {
    expect(linkClaims(user('s', ['student'], ['p', 'q', 'p', 's']))).toEqual([{ guardianId: 'p', childId: 's', saidBy: 'child' }, { guardianId: 'q', childId: 's', saidBy: 'child' }]);
    expect(linkClaims(user('p', ['relative'], ['s']))).toEqual([{ guardianId: 'p', childId: 's', saidBy: 'guardian' }]);
    expect(linkClaims(user('t', ['teacher'], ['s']))).toEqual([]);
  });

  test('of someone who is both student and parent are claimed both ways, and the other end decides', () => {
    const claims = linkClaims(user('b', ['student', 'parent'], ['x']));
    expect(claims.map((claim) => judgeClaim(claim, ['students']))).toEqual(['wrong_kind', 'link']);
    expect(claims.map((claim) => judgeClaim(claim, ['parents']))).toEqual(['link', 'wrong_kind']);
  });

  test('are never invented: without the other end there is none', () => {
    const [claim] = linkClaims(user('s', ['student'], ['gone']));
    expect(judgeClaim(claim!, undefined)).toBe('missing');
    expect(judgeClaim(claim!, ['students'])).toBe('wrong_kind');
    expect(judgeClaim(claim!, ['teachers'])).toBe('link');
  });
});
