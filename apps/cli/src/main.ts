#!/usr/bin/env node
import { runCommand } from './program.js';

// Whoever reads may have seen enough: `lastgood runs | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await runCommand(process.argv, { environment: process.env, stdout: process.stdout, stderr: process.stderr, now: () => Date.now() });
