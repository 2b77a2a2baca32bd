// node deploy/assemble.mjs apps/<service> <target>: the folder that one image holds, from a tree that is installed and compiled: the service, the projects and
// packages it needs at run time and nothing else, and the list of them (CycloneDX).
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const PORTS = { gateway: ['PORT', 8080], fetcher: ['LASTGOOD_FETCHER_PORT', 8081], writer: ['LASTGOOD_WRITER_PORT', 8082], search: ['LASTGOOD_SEARCH_PORT', 8083], 'upstream-simulator': ['SIMULATOR_PORT', 8090] };

const [project, target] = process.argv.slice(2);
if (!project || !target || !existsSync(join(project, 'dist/main.js'))) {
  console.error('Usage: node deploy/assemble.mjs apps/<service> <target>, after "tsc -b apps/<service>"');
  process.exit(2);
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const isProject = (folder) => !folder.includes('node_modules');

/** Where Node would find a package from a folder, or null. */
function found(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return relative(process.cwd(), realpathSync(candidate));
    if (folder === '.') return null;
  }
}

const folders = new Map();
function visit(folder) {
  if (folders.has(folder)) return;
  const manifest = readJson(join(folder, 'package.json'));
  folders.set(folder, manifest);
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const dependency = found(name, folder);
    if (dependency !== null && (dependencies[name] || optionalDependencies[name] || !peerDependenciesMeta[name]?.optional)) visit(dependency);
    else if (dependency === null && dependencies[name] && !optionalDependencies[name]) throw new Error(`${name}, which ${folder} needs, is not installed`);
  }
}
visit(project);

/** Tests, their stand-ins, types and sources of types are for developers. */
const compiled = (path) => !/(\.spec\.js|\.d\.ts|\.map|\.tsbuildinfo)$/.test(path) && !['testing', 'simulation'].includes(basename(path));
const published = (root) => (path) => path === root || (basename(path) !== 'node_modules' && !/\.(d\.[cm]?ts|map|md|markdown)$/.test(path));
for (const [folder, { name }] of folders) {
  if (!isProject(folder)) {
    cpSync(folder, join(target, folder), { recursive: true, filter: published(folder) });
    continue;
  }
  cpSync(join(folder, 'package.json'), join(target, folder, 'package.json'), { recursive: true });
  cpSync(join(folder, 'dist'), join(target, folder, 'dist'), { recursive: true, filter: compiled });
  mkdirSync(join(target, 'node_modules', dirname(name)), { recursive: true });
  symlinkSync(join('../..', folder), join(target, 'node_modules', name));
}

// What is in the image, exactly; npm's own list of a workspace leaves out packages that others need too.
const purl = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
const component = (manifest) => ({ type: 'library', 'bom-ref': purl(manifest), name: manifest.name, version: manifest.version, purl: purl(manifest), ...(typeof manifest.license === 'string' ? { licenses: [{ license: { name: manifest.license } }] } : {}) });
const [service, ...parts] = folders.values();
const components = [...new Map(parts.map((manifest) => [purl(manifest), component(manifest)])).values()];
writeFileSync(join(target, 'sbom.cdx.json'), JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: { ...component(service), type: 'application' } }, components }));

writeFileSync(join(target, 'main.mjs'), `import './${project}/dist/main.js';\n`);
const listening = PORTS[basename(project)];
// A service is healthy when it can do its work, the simulator when it answers at all; the command line ends by itself.
const check = listening && `const answer = await fetch(\`http://127.0.0.1:\${process.env.${listening[0]} ?? ${listening[1]}}/readyz\`, { signal: AbortSignal.timeout(2500) }).catch(() => null);\nprocess.exit(answer !== null && answer.status < 500 ? 0 : 1);\n`;
writeFileSync(join(target, 'health-check.mjs'), check ?? '');
mkdirSync(join(target, 'empty'), { mode: 0o700 });
console.log(`${project}: ${folders.size} projects and packages`);
