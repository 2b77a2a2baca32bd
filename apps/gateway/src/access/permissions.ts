import { Role } from '@lastgood/contracts';

export { Role };

/** What a route asks for, declared beside every route, and what each lets do; the words stand in `docs/PERMISSIONS.md`. */
export const PERMISSION_WORDS = {
  status: 'see districts, their state, runs and the list of snapshots; no people',
  read: 'search people and classes of published snapshots',
  'read-record': 'see whole upstream records and download files of snapshots',
  'look-up-live': 'look people and classes up in the live system of a source that allows it, before its first snapshot',
  refresh: 'start and cancel runs',
  decide: 'look at held snapshots; approve, reject, roll back',
  schedule: 'change when a source is refreshed',
  administer: 'keys and parked messages',
  audit: 'read the audit trail',
} as const;
export type Permission = keyof typeof PERMISSION_WORDS;

/** The one matrix of roles and permissions. */
export const PERMISSIONS: Record<Role, readonly Permission[]> = {
  viewer: ['status', 'read'],
  operator: ['status', 'read', 'read-record', 'look-up-live', 'refresh', 'decide', 'schedule'],
  admin: Object.keys(PERMISSION_WORDS) as Permission[],
  auditor: ['status', 'audit'],
};

/** Who a verified key stands for. `districts` is null when the key may see all of them. */
export interface Principal {
  keyId: string;
  name: string;
  role: Role;
  districts: readonly string[] | null;
}

export function may(principal: Principal, permission: Permission): boolean {
  return PERMISSIONS[principal.role].includes(permission);
}

/** Limited like changes, whatever the method. */
const ADMIN: readonly Permission[] = ['administer', 'audit'];

/** Whether requests of this kind count against the limit of a key. */
export function isLimited(method: string, permission: Permission): boolean {
  return (method !== 'GET' && method !== 'HEAD') || ADMIN.includes(permission);
}

/** Whether the key's scope covers the district. */
export function covers(principal: Principal, district: string): boolean {
  return principal.districts === null || principal.districts.includes(district);
}

/** Whether the scope covers all of another; null stands for every district. */
export function coversAll(principal: Pick<Principal, 'districts'>, districts: readonly string[] | null): boolean {
  const { districts: own } = principal;
  return own === null || (districts !== null && districts.every((district) => own.includes(district)));
}
