import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Lints a text as if it were the content of an existing file. */
function lint(file: string, text: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/eslint/bin/eslint.js', '--stdin', '--stdin-filename', file], { cwd: root, input: text, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
  return { status, output: stdout + stderr };
}

describe('import directions', () => {
  const planted: [string, string, string][] = [
    ['a contract that imports a service', 'libs/contracts/src/ids.ts', "export { writerService } from '@lastgood/writer';\n"],
    ['a service that imports another service', 'apps/search/src/config.ts', "export { writerService } from '@lastgood/writer';\n"],
    ['the snapshot log that imports the runtime', 'libs/snapshot-log/src/keys.ts', "export { run } from '@lastgood/service-runtime';\n"],
    ['the web page that imports a service', 'apps/web/src/api/shapes.ts', "export { gatewayService } from '@lastgood/gateway';\n"],
    ['the command line that imports the runtime', 'apps/cli/src/exit-codes.ts', "export { run } from '@lastgood/service-runtime';\n"],
  ];
  test.each(planted)('%s fails lint', (_, file, text) => {
    expect(lint(file, text)).toEqual({ status: 1, output: expect.stringContaining('@nx/enforce-module-boundaries') });
  }, 300_000);

  test('an allowed import passes, so the rule does not refuse everything', () => {
    expect(lint('apps/search/src/config.ts', "export { DistrictId } from '@lastgood/contracts';\n")).toEqual({ status: 0, output: '' });
  }, 300_000);
});
