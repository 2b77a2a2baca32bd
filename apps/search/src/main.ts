import { run } from '@lastgood/service-runtime';
import { searchService } from './index.js';

await run([searchService]);
