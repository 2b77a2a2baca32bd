import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

/** What a browser loads before the first screen shows, compressed as the gateway sends it. */
const FIRST_LOAD_LIMIT_BYTES = 250 * 1024;

const FIRST_SCREEN = '/search/search-screen.js';

/** Ends the build with an error when the first load has grown above its limit. */
function firstLoadLimit() {
  return {
    name: 'first-load-limit',
    writeBundle(_options, bundle) {
      const wanted = new Set();
      const visit = (name) => {
        const chunk = bundle[name];
        if (!chunk || wanted.has(name)) return;
        wanted.add(name);
        for (const next of chunk.imports ?? []) visit(next);
      };
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type === 'chunk' && (output.isEntry || output.facadeModuleId?.endsWith(FIRST_SCREEN))) visit(name);
        if (name.endsWith('.css') || name.endsWith('.html')) visit(name);
      }
      const bytes = [...wanted].reduce((sum, name) => sum + gzipSync(bundle[name].code ?? bundle[name].source).length, 0);
      console.log(`first load: ${(bytes / 1024).toFixed(1)} KB gzipped of ${FIRST_LOAD_LIMIT_BYTES / 1024} KB`);
      if (bytes > FIRST_LOAD_LIMIT_BYTES) throw new Error(`The first load is ${bytes} bytes gzipped, above its limit of ${FIRST_LOAD_LIMIT_BYTES}.`);
    },
  };
}

/** Marks for servers that render mean nothing in a page. */
function otherThanDirectives(warning, warn) {
  if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
}

/** Bundles what `tsc -b` compiled into dist. */
export default defineConfig({
  root: import.meta.dirname,
  build: { outDir: 'dist/page', emptyOutDir: true, target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false, rolldownOptions: { onwarn: otherThanDirectives } },
  plugins: [firstLoadLimit()],
});
