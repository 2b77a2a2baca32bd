import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KILLED_APART } from './testing/crash-points.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the shipped sources hand to `reach`, as it is written there. */
function reached(): string[] {
  const files = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).filter((file) => !/\.spec\.ts$|\/testing\//.test(file));
  return files.flatMap((file) => [...readFileSync(`${root}${file}`, 'utf8').matchAll(/\.reach\(([^)]*)\)/g)].map(([, argument = '']) => argument));
}

test('a process is killed at every crash point that the sources reach, and at none that they do not', () => {
  expect([...new Set(reached())].sort()).toEqual(KILLED_APART.map((point) => `'${point}'`).sort());
});
