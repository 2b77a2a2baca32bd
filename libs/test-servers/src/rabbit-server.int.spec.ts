import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWithServer } from './describe-with-server.js';
import { rabbitAnswers, startRabbit, type RabbitServer } from './rabbit-server.js';
import { until } from './until.js';

function answers({ url }: Pick<RabbitServer, 'url'>): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return rabbitAnswers(hostname, Number(port || 5672));
}

await describeWithServer('a private RabbitMQ', startRabbit, (server) => {
  test('answers at its address', async () => {
    expect(await answers(server)).toBe(true);
  });

  test('can be paused, and killed and started again at the same address', async () => {
    if (!server.faults) return;
    await server.faults.pause();
    expect(await answers(server)).toBe(false);
    await server.faults.resume();
    expect(await until(() => answers(server), 5_000)).toBe(true);
    await server.faults.kill();
    expect(await answers(server)).toBe(false);
    await server.faults.restart();
    expect(await answers(server)).toBe(true);
  }, 90_000);

  test('its alarm and its connections obey', async () => {
    if (!server.faults) return;
    await server.faults.memoryAlarm(true);
    await server.faults.memoryAlarm(false);
    await server.faults.closeConnections();
    expect(await answers(server)).toBe(true);
  }, 30_000);
});

test('RabbitMQ does not outlive the process that started it, even when that is killed', async () => {
  const program = `
    import { startRabbit } from ${JSON.stringify(new URL('./rabbit-server.js', import.meta.url).href)};
    const { url, from } = await startRabbit();
    console.log(JSON.stringify({ url, from }));
    process.kill(process.pid, 'SIGKILL');
  `;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, NODE_OPTIONS: '' } });
  const stdout = await run.then((done) => done.stdout, (killed: { stdout: string }) => killed.stdout);
  if (stdout === '') return;
  const started = JSON.parse(stdout) as RabbitServer;
  if (started.from !== 'process') return;
  expect(await until(async () => !(await answers(started)), 5_000)).toBe(true);
}, 90_000);
