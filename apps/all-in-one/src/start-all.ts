import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { run, type ConfigurationProblem, type Environment } from '@lastgood/service-runtime';
import { writerService } from '@lastgood/writer';
import { followFirstRefresh } from './first-refresh.js';
import { greeting, HeldTerminal } from './greeting.js';
import type { Sample } from './start-sample.js';

export interface AllInOne {
  environment: Environment;
  /** What is wrong with the variables that were read already. */
  problems: readonly ConfigurationProblem[];
  /** Null without a sample district. */
  sample: (Sample & { people: number }) | null;
  say: (line: string) => void;
}

/** Runs every service in this process, says what runs where, and follows the sample's first refresh to its end. */
export async function startAll({ environment, problems, sample, say }: AllInOne): Promise<void> {
  const terminal = new HeldTerminal(say);
  const running = await run([gatewayService, fetcherService, writerService, searchService], { embedded: true, environment: { LASTGOOD_SIGN_IN_LINK: 'true', ...environment, ...sample?.environment }, terminal, problems });
  for (const line of greeting(running, terminal.release(), sample, Boolean(environment.ADMIN_TOKEN || environment.ADMIN_TOKEN_FILE))) say(line);
  if (sample === null) return;
  try {
    await followFirstRefresh(running.addresses, (line) => say(`  ${line}`));
  } catch (error) {
    say(`  the first refresh cannot be followed: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
