// Writes docs/CONFIG.md from the schemas; with --check it only says whether the file is up to date. Needs a build.
import { mkdir, readFile, writeFile } from 'node:fs/promises';

const part = (name) => import(new URL(`../${name}/dist/index.js`, import.meta.url).href);
const { configReference } = await part('libs/service-runtime');
const { SampleSettings } = await part('apps/all-in-one');
const services = await Promise.all(['gateway', 'fetcher', 'writer', 'search'].map(async (name) => ({ title: `The ${name}`, schema: (await part(`apps/${name}`))[`${name}Service`].config })));
const text = configReference([{ title: 'All in one', schema: SampleSettings }, ...services]);

const file = new URL('../docs/CONFIG.md', import.meta.url);
if (process.argv.includes('--check')) {
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current !== text) {
    console.error('docs/CONFIG.md is not what the schemas say; run: node tools/generate-config-docs.mjs');
    process.exit(1);
  }
} else {
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, text);
}
