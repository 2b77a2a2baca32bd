import { run } from '@lastgood/service-runtime';
import { writerService } from './index.js';

await run([writerService]);
