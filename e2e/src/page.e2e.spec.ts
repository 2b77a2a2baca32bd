import { describeWithServer } from '@lastgood/test-servers';
import { startBrowser } from './testing/browser.js';
import { describePage, NO_LIMITS } from './testing/page-suite.js';
import { Product } from './testing/product.js';

await describeWithServer('in Chromium', startBrowser, (browser) => {
  describePage('the page of one process', browser, (upstream) => new Product({ upstream, environment: NO_LIMITS }));
});
