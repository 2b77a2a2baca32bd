import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startServers } from '../../testing/servers-beside.js';
import { servePages } from '../pages.js';
import { measureOneDistrict, type OneDistrictFigures } from './one-district.js';
import { measureThousand, PEOPLE_OF_THOUSAND, type ThousandFigures } from './thousand-districts.js';
import { measureTwenty, PEOPLE_OF_TWENTY, type TwentyFigures } from './twenty-districts.js';

/** Everything that a run of the benchmark with services apart found. */
export interface ApartFigures {
  people: number;
  rows: Record<string, number>;
  oneDistrict: OneDistrictFigures;
  twenty: TwentyFigures;
  thousand: ThousandFigures;
}

/** Starts broker, database and store, and measures one scenario after the other. `leave`: what is to be ended whatever happens. */
export async function measureApart({ people, districts }: { people: number; districts: number }, folder: string, say: (words: string) => void, leave: (end: () => Promise<void>) => void): Promise<ApartFigures> {
  const pagesOf = async (count: number): Promise<Awaited<ReturnType<typeof servePages>>> => {
    const pages = await servePages(count, mkdtempSync(join(folder, 'upstream-')));
    leave(() => pages.process.end());
    return pages;
  };
  const servers = await startServers();
  leave(() => servers.stop());
  say(`Rendering the pages of ${people.toLocaleString('en')} people ...`);
  const { rows, url } = await pagesOf(people);
  say('One district, in one process and apart ...');
  const oneDistrict = await measureOneDistrict(people, url, servers, folder);
  say(`20 districts of ${PEOPLE_OF_TWENTY.toLocaleString('en')} people at once ...`);
  const twenty = await measureTwenty((await pagesOf(PEOPLE_OF_TWENTY)).url, servers);
  say(`${districts.toLocaleString('en')} districts of ${PEOPLE_OF_THOUSAND} people due in the same minute ...`);
  const thousand = await measureThousand((await pagesOf(PEOPLE_OF_THOUSAND)).url, servers, districts);
  return { people, rows, oneDistrict, twenty, thousand };
}
