import process from 'node:process';
import type { PageListReference } from '@lastgood/contracts';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { BuildSession } from '../build/build-session.js';
import { WorkerThreads } from '../build/worker-thread.js';

/**
 * A process of its own that does one build, with threads as the writer has them, and says on one line how many rows went in and the most memory it ever had (resident, bytes).
 * Arguments: folder of the bucket, folder for the build, references of the page lists as JSON.
 */
const [bucket = '', folder = '', references = '[]'] = process.argv.slice(2);
const store = await DirectoryObjectStore.open({ root: bucket });
const threads = new WorkerThreads(new URL('../build/build.entry.js', import.meta.url), 0);
const session = await BuildSession.open(store, { folder, staging: 'staging/none/' }, { kind: 'oneroster-1.1', validation: 'strict', columns: {} }, new AbortController().signal, (role) => threads.open(role));
const { ingested } = await session.finish(JSON.parse(references) as PageListReference[], () => undefined);
await session.remove();
await threads.close();
process.stdout.write(`${JSON.stringify({ rows: ingested.rows, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
