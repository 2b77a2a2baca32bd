export { runCommand, type Surroundings } from './program.js';
