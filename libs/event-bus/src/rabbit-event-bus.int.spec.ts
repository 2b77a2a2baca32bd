import { describeWithServer, startRabbit } from '@lastgood/test-servers';
import { eventBusSuite } from './event-bus-suite.js';
import { openRabbitMedium } from './testing/rabbit-medium.js';

await describeWithServer('with a real RabbitMQ', startRabbit, (server) => {
  eventBusSuite('RabbitEventBus', (limits) => openRabbitMedium(server.url, limits));
});
