export { EventBus, type DeliveryInfo, type EventHandler, type ParkedMessages, type SubscribeOptions, type Subscription } from './event-bus.js';
export { EventBusServer, EventContext } from './event-bus-server.js';
export { InProcessEventBus, type InProcessBusOptions } from './in-process-event-bus.js';
export { isBrokerAddress } from './rabbit/broker-address.js';
export type { BusReport } from './rabbit/bus-report.js';
export { RabbitEventBus, type RabbitBusOptions } from './rabbit-event-bus.js';
export type { BusClock } from './system-clock.js';
