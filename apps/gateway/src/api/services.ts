import type { InternalService } from './internal-service.js';
import type { SearchReads } from './search-reads.js';

/** The services behind the gateway. Read routes use only `search`. */
export class Services {
  constructor(readonly search: SearchReads, readonly writer: InternalService) {}
}
