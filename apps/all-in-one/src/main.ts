import { resolve } from 'node:path';
import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { readEnvironment, run, type ConfigurationProblem } from '@lastgood/service-runtime';
import { writerService } from '@lastgood/writer';
import { followFirstRefresh } from './first-refresh.js';
import { greeting, HeldTerminal } from './greeting.js';
import { SampleSettings } from './sample-settings.js';
import { startSample } from './start-sample.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { env } = process;

const problems: ConfigurationProblem[] = [];
const people = readEnvironment(SampleSettings, env, problems)?.LASTGOOD_SAMPLE_PEOPLE ?? 0;
const sample = env.LASTGOOD_CONFIG || people === 0 ? null : await startSample(people, resolve(env.LASTGOOD_DATA_DIR || './data'));
const terminal = new HeldTerminal(say);
const running = await run([gatewayService, fetcherService, writerService, searchService], { embedded: true, environment: { ...env, ...sample?.environment }, terminal, problems });

for (const line of greeting(running, terminal.release(), sample && { url: sample.url, people }, Boolean(env.ADMIN_TOKEN || env.ADMIN_TOKEN_FILE))) say(line);
if (sample) await followFirstRefresh(running.addresses, (line) => say(`  ${line}`)).catch((error: unknown) => say(`  the first refresh cannot be followed: ${error instanceof Error ? error.message : 'unknown failure'}`));
