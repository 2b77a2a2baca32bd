import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchProcess } from './start-process.js';

/** What the load generator asks: every path once, in order, over so many connections at 127.0.0.1. */
export interface LoadTask {
  port: number;
  paths: readonly string[];
  headers: Readonly<Record<string, string>>;
  connections: number;
}

/** What it saw. Latencies in milliseconds; `failed`: answers other than 200. */
export interface LoadAnswer {
  p50Ms: number;
  p99Ms: number;
  requestsPerSecond: number;
  medianBodyBytes: number;
  failed: number;
}

/** Runs the load generator in a process of its own; throws when an answer was not 200. */
export async function putLoad(task: LoadTask, folder: string): Promise<LoadAnswer> {
  const file = join(folder, 'load.json');
  writeFileSync(file, JSON.stringify(task));
  const generator = new BenchProcess('load.entry', [file]);
  try {
    const answer = await generator.says<LoadAnswer>();
    if (answer.failed > 0) throw new Error(`${answer.failed} of ${task.paths.length} answers were not 200`);
    return answer;
  } finally {
    await generator.end();
  }
}
