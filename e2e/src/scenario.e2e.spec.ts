import { describeMainJob } from './testing/main-job.js';
import { Product } from './testing/product.js';

describeMainJob('the main job', (upstream) => new Product({ upstream }));
