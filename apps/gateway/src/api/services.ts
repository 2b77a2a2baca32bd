import type { InternalService } from './internal-service.js';

/** The services behind the gateway. Read routes use only `search`. */
export class Services {
  constructor(readonly search: InternalService, readonly writer: InternalService) {}
}
