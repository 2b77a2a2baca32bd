export { BusBeside } from './bus-beside.js';
export { LoneService, type LoneServiceOptions } from './lone-service.js';
export { startLoneServers, type LoneServers, type Needs } from './lone-servers.js';
export { startSuite } from './start-suite.js';
export { until } from './until.js';
