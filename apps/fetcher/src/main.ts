import { run } from '@lastgood/service-runtime';
import { fetcherService } from './index.js';

await run([fetcherService]);
