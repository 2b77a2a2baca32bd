import type { ServiceName } from '@lastgood/contracts';
import { startImage, whyNoImage } from './service-image.js';
import { startProcess } from './service-process.js';
import type { Running, RunnerOptions } from './service-runner.js';

type Runner = (options: RunnerOptions) => Running | Promise<Running>;

const chosen = new Map<ServiceName, Promise<Runner>>();

/**
 * How this test run starts a service: with LASTGOOD_TEST_IMAGES=true as its image `lastgood/<service>`, whatever it was built from, with `false` as its process, else as the image where there is one of
 * this very code. Says on stderr what it chose.
 */
export function chooseRunner(service: ServiceName): Promise<Runner> {
  const known = chosen.get(service) ?? choose(service);
  chosen.set(service, known);
  return known;
}

async function choose(service: ServiceName): Promise<Runner> {
  const wanted = process.env['LASTGOOD_TEST_IMAGES'];
  const why = wanted === 'true' ? null : wanted === 'false' ? 'LASTGOOD_TEST_IMAGES=false' : await whyNoImage(service);
  process.stderr.write(why === null ? `${service} is tested as its image lastgood/${service}\n` : `${service} is tested as its process: ${why}\n`);
  return why === null ? startImage : startProcess;
}
