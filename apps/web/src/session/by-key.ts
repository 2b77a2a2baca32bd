import { call, keepKey } from '../api/call.js';
import { ApiProblem } from '../api/problem.js';
import type { Session } from '../api/shapes.js';

/** A session of a gateway that keeps none: the key stays in memory and goes along with every call. */
export async function sessionByKey(key: string): Promise<Session> {
  keepKey(key);
  try {
    await call('districts');
  } catch (error) {
    keepKey(null);
    throw error;
  }
  const administers = await call('admin/keys').then(() => true, (error: unknown) => {
    if (error instanceof ApiProblem) return false;
    throw error;
  });
  const permissions = ['status', 'read', 'read-record', 'refresh', 'decide', 'schedule', ...(administers ? ['administer'] : [])];
  return { name: '', role: administers ? 'admin' : 'viewer', permissions, districts: null, csrf: '', expiresAt: '' };
}
