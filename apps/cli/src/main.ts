#!/usr/bin/env node
import { runCommand } from './program.js';

process.exitCode = await runCommand(process.argv, { environment: process.env, stdout: process.stdout, stderr: process.stderr, now: () => Date.now() });
