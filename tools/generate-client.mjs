// Writes what of libs/gateway-client follows from the routes; with --check it only says whether the files are up to date. Needs a build of the gateway.
import { readFile, writeFile } from 'node:fs/promises';

const { clientSource } = await import(new URL('../apps/gateway/dist/index.js', import.meta.url).href);
const check = process.argv.includes('--check');
for (const [name, text] of Object.entries(clientSource())) {
  const file = new URL(`../libs/gateway-client/src/${name}`, import.meta.url);
  if (!check) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`libs/gateway-client/src/${name} is not what the routes say; run: node tools/generate-client.mjs`);
    process.exitCode = 1;
  }
}
