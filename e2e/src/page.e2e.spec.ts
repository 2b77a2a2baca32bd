import { describeWithServer } from '@lastgood/test-servers';
import { startBrowser } from './testing/browser.js';
import { describePage, FOR_TESTS } from './testing/page-suite.js';
import { Product } from './testing/product.js';

await describeWithServer('in Chromium', startBrowser, (browser) => {
  describePage('the page of one process', browser, (upstream, beside) => new Product({ upstream, source: 'liveLookUp: true', beside: [beside], environment: FOR_TESTS }));
});
