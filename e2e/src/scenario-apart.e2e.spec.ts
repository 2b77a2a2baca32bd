import { describeWithServer } from '@lastgood/test-servers';
import { ApartProduct } from './testing/apart-product.js';
import { describeMainJob } from './testing/main-job.js';
import { startServers } from './testing/servers-beside.js';

await describeWithServer('with every service in processes of its own, over RabbitMQ, PostgreSQL and MinIO', startServers, (servers) => {
  describeMainJob('the main job', (upstream) => new ApartProduct({ districts: [{ upstream }], servers: servers.environment }));
});
