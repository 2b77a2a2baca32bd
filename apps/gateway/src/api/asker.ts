import type { Asker } from '@lastgood/contracts';
import type { Principal } from '../access/permissions.js';

/** Who asks, by key; the command line names itself in its user agent. */
export function askerOf(caller: Principal, userAgent: string | undefined): Asker {
  return { actor: `key:${caller.keyId}`, via: userAgent?.startsWith('lastgood-cli/') ? 'cli' : 'http' };
}
