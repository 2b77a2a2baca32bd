import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { servicePath } from './oneroster/pages.js';
import { simulatorOptionsSchema, type SimulatorOptions } from './options.js';
import { startSimulator } from './start-simulator.js';

const usage = `Usage: upstream-simulator [--port N] [--host H] [--district ID] [--people N] [--seed N] [--night N]
                          [--csv FOLDER_OR_ZIP] [--version 1.1|1.2]
Environment: SIMULATOR_PORT, SIMULATOR_HOST, SIMULATOR_DISTRICT, SIMULATOR_PEOPLE, SIMULATOR_SEED, SIMULATOR_NIGHT,
SIMULATOR_CSV, SIMULATOR_VERSION, SIMULATOR_TOKEN (static bearer) or SIMULATOR_TOKEN_FILE, SIMULATOR_OPTIONS (all options as JSON).`;

const argumentOptions = {
  port: { type: 'string' },
  host: { type: 'string' },
  district: { type: 'string' },
  people: { type: 'string' },
  seed: { type: 'string' },
  night: { type: 'string' },
  csv: { type: 'string' },
  version: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const versionSchema = z.enum(['1.1', '1.2']).default('1.1');

/** Arguments win over single variables, those over SIMULATOR_OPTIONS. */
function settings(): { options: SimulatorOptions; version: '1.1' | '1.2' } {
  const { values } = parseArgs({ options: argumentOptions });
  if (values.help === true) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const { env } = process;
  const given = (name: Exclude<keyof typeof values, 'help'>): string | undefined =>
    values[name] ?? (env[`SIMULATOR_${name.toUpperCase()}`] || undefined);
  const numbers = (['port', 'people', 'seed', 'night'] as const).map((name) => [name, given(name)] as const);
  const texts = [['host', given('host')], ['districtId', given('district')], ['csv', given('csv')]] as const;
  const tokenFile = env['SIMULATOR_TOKEN_FILE'];
  const token = tokenFile ? readFileSync(tokenFile, 'utf8').trim() : env['SIMULATOR_TOKEN'];
  const base = env['SIMULATOR_OPTIONS'] ? (JSON.parse(env['SIMULATOR_OPTIONS']) as object) : {};
  const options = simulatorOptionsSchema.parse({
    ...base,
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined).map(([name, value]) => [name, Number(value)])),
    ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
    ...(token ? { auth: { kind: 'bearer', token } } : {}),
  });
  return { options, version: versionSchema.parse(given('version')) };
}

function reason(error: unknown): string {
  return error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : 'unknown error';
}

try {
  const { options, version } = settings();
  const simulator = await startSimulator(options);
  process.stdout.write(`upstream-simulator listens on ${simulator.url}${servicePath[version]} (${options.csv ?? `${options.people} people, night ${options.night}`})\n`);
  const stop = (): void => void simulator.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`upstream-simulator cannot start: ${reason(error)}\n${usage}\n`);
  process.exitCode = 1;
}
