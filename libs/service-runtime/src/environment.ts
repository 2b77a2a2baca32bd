/** The part that main files need before the services are loaded: it imports zod only. */
export type { ConfigurationProblem } from './configuration-error.js';
export { readEnvironment } from './read-environment.js';
