import type { InternalService } from './internal-service.js';
import type { SearchReads } from './search-reads.js';

/** The services behind the gateway. Read routes use only `search`; live look-ups alone use `fetcher`, which is null where none is known. */
export class Services {
  constructor(readonly search: SearchReads, readonly writer: InternalService, readonly fetcher: InternalService | null = null) {}
}
