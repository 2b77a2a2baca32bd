import { resolve } from 'node:path';
import { readEnvironment, type ConfigurationProblem } from '@lastgood/service-runtime/environment';
import { SampleSettings } from './sample-settings.js';
import { startSample } from './start-sample.js';

const { env } = process;
const problems: ConfigurationProblem[] = [];
const people = readEnvironment(SampleSettings, env, problems)?.LASTGOOD_SAMPLE_PEOPLE ?? 0;
const wantsSample = !env.LASTGOOD_CONFIG && people > 0;
// The simulator's process starts while this one still loads the services.
const [started, { startAll }] = await Promise.all([wantsSample ? startSample(people, resolve(env.LASTGOOD_DATA_DIR || './data')) : null, import('./start-all.js')]);
await startAll({ environment: env, problems, sample: started && { ...started, people }, say: (line) => void process.stdout.write(`${line}\n`) });
