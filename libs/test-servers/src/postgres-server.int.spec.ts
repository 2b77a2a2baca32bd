import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWithServer } from './describe-with-server.js';
import { postgresAnswers, runOnPostgres, startPostgres } from './postgres-server.js';
import { until } from './until.js';

await describeWithServer('a private PostgreSQL', startPostgres, (server) => {
  test('gives each database a name of its own, with texts in the order of a language', async () => {
    const [one, two] = [await server.createDatabase(), await server.createDatabase()];
    expect(one).not.toBe(two);
    await runOnPostgres(one, 'create table here (name text)', "insert into here values ('a'), ('B')");
    expect(await runOnPostgres(one, 'select name from here order by name')).toEqual([{ name: 'a' }, { name: 'B' }]);
    await expect(runOnPostgres(two, 'select * from here')).rejects.toThrow('does not exist');
  });

  test('refuses a wrong password', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    expect(await postgresAnswers(wrong.href)).toBe(false);
  });

  test('can be paused, and killed and started again with its data', async () => {
    if (!server.faults) return;
    const url = await server.createDatabase();
    await runOnPostgres(url, 'create table here (name text)', "insert into here values ('a')");
    await server.faults.pause();
    expect(await postgresAnswers(url)).toBe(false);
    await server.faults.resume();
    expect(await until(() => postgresAnswers(url), 5_000)).toBe(true);
    await server.faults.kill();
    expect(await postgresAnswers(url)).toBe(false);
    await server.faults.restart();
    expect(await runOnPostgres(url, 'select name from here')).toEqual([{ name: 'a' }]);
  });
});

test('PostgreSQL does not outlive the process that started it, even when that is killed', async () => {
  const program = `
    import { startPostgres } from ${JSON.stringify(new URL('./postgres-server.js', import.meta.url).href)};
    const { url, from } = await startPostgres();
    console.log(JSON.stringify({ url, from }));
    process.kill(process.pid, 'SIGKILL');
  `;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, NODE_OPTIONS: '' } });
  const stdout = await run.then((done) => done.stdout, (killed: { stdout: string }) => killed.stdout);
  if (stdout === '') return;
  const { url, from } = JSON.parse(stdout) as { url: string; from: string };
  if (from !== 'process') return;
  expect(await until(async () => !(await postgresAnswers(url)), 5_000)).toBe(true);
});
