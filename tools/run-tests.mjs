// `npm test`: builds, lints and runs every tier, and ends with one plain line that counts all tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'lastgood-tests-'));
const counts = join(folder, 'counts.jsonl');
const node = (...args) => new Promise((resolve) => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, LASTGOOD_TEST_COUNTS: counts, NX_DAEMON: 'false' } });
  child.once('exit', (code, signal) => resolve(signal ? 1 : code ?? 1));
});
const nx = (...args) => node('node_modules/nx/dist/bin/nx.js', ...args, '--output-style=static');

let failed = false;
const started = Date.now();
for (const [title, step] of [
  ['build', () => nx('run-many', '-t', 'build')],
  ['lint', () => nx('run-many', '-t', 'lint', '--parallel=2')],
  ['generated files', async () => (await node('tools/generate-config-docs.mjs', '--check')) || (await node('tools/generate-permission-docs.mjs', '--check')) || node('tools/generate-client.mjs', '--check')],
  ['tests', () => nx('run-many', '-t', 'test', '--parallel=2', '--exclude=@lastgood/e2e', '--nx-bail=false')],
  ['end to end', () => nx('run', '@lastgood/e2e:test')],
]) {
  console.log(`\n=== ${title} (${Math.round((Date.now() - started) / 1000)} s after the start)`);
  const code = await step();
  if (code !== 0) {
    failed = true;
    console.log(`=== ${title} failed with exit code ${code}`);
    if (title === 'build') break;
  }
}

const runs = existsSync(counts) ? readFileSync(counts, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [];
// A project whose tests did not run here (a result from a cache, a runner that never came to them) counts as failed, never as passed.
const withTests = ['libs', 'apps'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`)).concat('e2e')
  .filter((project) => existsSync(join(project, 'src')) && readdirSync(join(project, 'src'), { recursive: true }).some((file) => String(file).endsWith('.spec.ts')));
const missing = withTests.filter((project) => !runs.some((run) => relative(process.cwd(), run.folder) === project));
for (const project of missing) console.log(`=== the tests of ${project} did not run`);
failed ||= missing.length > 0;

const sum = (field) => runs.reduce((total, run) => total + run[field], 0);
rmSync(folder, { recursive: true, force: true });
const [passed, red, skipped] = [sum('passed'), sum('failed') + (failed && sum('failed') === 0 ? 1 : 0), sum('skipped')];
if (skipped > 0) console.log(`\n${skipped} tests were skipped: a server they need is missing on this machine. With CI=true that fails.`);
console.log(`\nTook ${Math.round((Date.now() - started) / 1000)} s over ${runs.length} projects.`);
console.log(skipped > 0 ? `${passed} passed, ${red} failed, ${skipped} skipped` : `${passed} passed, ${red} failed`);
process.exit(failed || passed === 0 || (process.env.CI === 'true' && skipped > 0) ? 1 : 0);
