import { z } from 'zod';

/** Roles of keys, weakest first. A role may do all that the roles before it may. */
export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

/** What a route asks for; declared beside every route. */
export type Permission = 'read' | 'refresh' | 'decide' | 'administer';

/** The one matrix of roles and permissions. */
export const PERMISSIONS: Record<Role, readonly Permission[]> = {
  viewer: ['read'],
  operator: ['read', 'refresh', 'decide'],
  admin: ['read', 'refresh', 'decide', 'administer'],
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

/** Whether the key's scope covers the district. */
export function covers(principal: Principal, district: string): boolean {
  return principal.districts === null || principal.districts.includes(district);
}
