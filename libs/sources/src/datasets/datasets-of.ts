import type { NormalUser } from '@lastgood/contracts';

/** Roles whose users are parents in our words. */
export const GUARDIAN_ROLES: readonly string[] = ['parent', 'guardian', 'relative'];

export type UserDataset = 'students' | 'parents' | 'teachers' | 'staff';

/** Datasets a user belongs to, by all of its roles; `staff` when it is neither student, parent nor teacher. At least one. */
export function datasetsOf(user: Pick<NormalUser, 'roles'>): UserDataset[] {
  const datasets: UserDataset[] = [];
  if (user.roles.includes('student')) datasets.push('students');
  if (user.roles.some((role) => GUARDIAN_ROLES.includes(role))) datasets.push('parents');
  if (user.roles.includes('teacher')) datasets.push('teachers');
  return datasets.length === 0 ? ['staff'] : datasets;
}
