import { describeWithServer } from '@lastgood/test-servers';
import { ApartProduct } from './testing/apart-product.js';
import { startBrowser, type TestBrowser } from './testing/browser.js';
import { describePage, FOR_TESTS } from './testing/page-suite.js';
import { startServers, type ServersBeside } from './testing/servers-beside.js';

interface Beside {
  browser: TestBrowser;
  servers: ServersBeside;
  stop(): Promise<void>;
}

async function startBeside(): Promise<Beside> {
  const browser = await startBrowser();
  try {
    const servers = await startServers();
    return { browser, servers, stop: async () => void (await Promise.all([browser.stop(), servers.stop()])) };
  } catch (error) {
    await browser.stop();
    throw error;
  }
}

await describeWithServer('in Chromium, with every service in processes of its own, over RabbitMQ, PostgreSQL and MinIO', startBeside, ({ browser, servers }) => {
  describePage('the page', browser, (upstream, beside) => new ApartProduct({ districts: [{ upstream, source: 'liveLookUp: true' }, beside], servers: servers.environment, environment: FOR_TESTS }));
});
