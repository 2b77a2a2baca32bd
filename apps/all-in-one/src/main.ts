import { becomeLean } from './lean-process.js';

const { env } = process;
becomeLean(env);
// Nothing else is loaded before the process is lean.
const { startProcess } = await import('./start-process.js');
await startProcess(env);
