import { resolve } from 'node:path';
import { readEnvironment, type ConfigurationProblem } from '@lastgood/service-runtime/environment';
import { giveBackWhenIdle } from './give-back.js';
import { SampleSettings } from './sample-settings.js';
import { startSample } from './start-sample.js';

/** Starts what the environment asks for: every service, and the sample district where no other is configured. */
export async function startProcess(environment: NodeJS.ProcessEnv): Promise<void> {
  const problems: ConfigurationProblem[] = [];
  const people = readEnvironment(SampleSettings, environment, problems)?.LASTGOOD_SAMPLE_PEOPLE ?? 0;
  const wantsSample = !environment.LASTGOOD_CONFIG && people > 0;
  // The simulator's process starts while this one still loads the services.
  const folder = resolve(environment.LASTGOOD_DATA_DIR || './data');
  const [started, { startAll }] = await Promise.all([wantsSample ? startSample(people, folder).catch((error: unknown) => refuse(folder, error)) : null, import('./start-all.js')]);
  giveBackWhenIdle();
  await startAll({ environment, problems, sample: started && { ...started, people }, say: (line) => void process.stdout.write(`${line}\n`) });
}

function refuse(folder: string, error: unknown): never {
  process.stderr.write(`Lastgood cannot start: the sample district cannot be started or kept in ${folder} (${error instanceof Error ? error.message : 'unknown error'}). Look whether the disk is full and whether this user may write there.\n`);
  process.exit(1);
}
