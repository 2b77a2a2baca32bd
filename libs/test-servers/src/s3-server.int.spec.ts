import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWithServer } from './describe-with-server.js';
import { startS3, type S3Make } from './s3-server.js';
import { answers, until } from './until.js';

for (const make of ['minio', 'versitygw'] satisfies S3Make[]) {
  await describeWithServer(`a private ${make}`, () => startS3({ make }), (server) => {
    test('answers at its endpoint', async () => {
      expect(await answers(`${server.endpoint}/`, false)).toBe(true);
      expect(server.bucketPrefix).toMatch(/^lg-[0-9a-f]{10}-$/);
    });

    test('can be killed and comes back at the same address', async () => {
      if (!server.faults) return;
      await server.faults.kill();
      expect(await answers(`${server.endpoint}/`, false)).toBe(false);
      await server.faults.restart();
      expect(await answers(`${server.endpoint}/`, false)).toBe(true);
    });

    test('can be paused: it accepts, but does not answer', async () => {
      if (!server.faults) return;
      await server.faults.pause();
      expect(await answers(`${server.endpoint}/`, false)).toBe(false);
      await server.faults.resume();
      expect(await until(() => answers(`${server.endpoint}/`, false), 5_000)).toBe(true);
    });
  });
}

test('a server does not outlive the process that started it, even when that is killed', async () => {
  const program = `
    import { startS3 } from ${JSON.stringify(new URL('./s3-server.js', import.meta.url).href)};
    const server = await startS3({ make: 'versitygw' });
    console.log(JSON.stringify({ endpoint: server.endpoint, from: server.from }));
    process.kill(process.pid, 'SIGKILL');
  `;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, NODE_OPTIONS: '' } });
  const stdout = await run.then((done) => done.stdout, (killed: { stdout: string }) => killed.stdout);
  if (stdout === '') return;
  const { endpoint, from } = JSON.parse(stdout) as { endpoint: string; from: string };
  if (from !== 'process') return;
  expect(await until(async () => !(await answers(`${endpoint}/`, false)), 5_000)).toBe(true);
});
