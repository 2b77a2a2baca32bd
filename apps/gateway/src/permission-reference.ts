import { PERMISSION_WORDS, PERMISSIONS, Role, type Permission } from './access/permissions.js';
import { publicRoutes } from './access/public-routes.js';
import { PUBLIC_CONTROLLERS } from './gateway.module.js';

/** `docs/PERMISSIONS.md`: the matrix of roles and permissions, and every route with what it asks for, made from what stands beside the routes. */
export function permissionReference(): string {
  const roles = Role.options;
  const mark = (permission: Permission | 'none'): string[] => roles.map((role) => (permission === 'none' || PERMISSIONS[role].includes(permission) ? 'yes' : '-'));
  const routes = publicRoutes(PUBLIC_CONTROLLERS).map(({ method, path, permission = 'none', summary }) =>
    row([`\`${method} ${path}\``, permission === 'none' ? 'open' : `\`${permission}\``, ...mark(permission), summary]));
  return [
    '# Permissions',
    '',
    'Made from what is declared beside the routes (`node tools/generate-permission-docs.mjs`); do not edit by hand. A key has one role and may be limited to some districts; others answer as if they were absent. Such an admin key sees, makes and takes out of use keys of its own districts only, and handles no parked messages.',
    '',
    '## Roles',
    '',
    row(['Permission', ...roles, 'What it lets do']),
    row(['---', ...roles.map(() => '---'), '---']),
    ...(Object.keys(PERMISSION_WORDS) as Permission[]).map((permission) => row([`\`${permission}\``, ...mark(permission), PERMISSION_WORDS[permission]])),
    '',
    '## Routes',
    '',
    row(['Route', 'Permission', ...roles, 'What it does']),
    row(['---', '---', ...roles.map(() => '---'), '---']),
    ...routes,
    '',
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
