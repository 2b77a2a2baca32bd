// Writes docs/PERMISSIONS.md from the routes; with --check it only says whether the file is up to date. Needs a build.
import { readFile, writeFile } from 'node:fs/promises';

const { permissionReference } = await import(new URL('../apps/gateway/dist/index.js', import.meta.url).href);
const text = permissionReference();
const file = new URL('../docs/PERMISSIONS.md', import.meta.url);
if (process.argv.includes('--check')) {
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error('docs/PERMISSIONS.md is not what the routes say; run: node tools/generate-permission-docs.mjs');
    process.exit(1);
  }
} else {
  await writeFile(file, text);
}
