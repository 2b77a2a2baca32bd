export { EventBus, type DeliveryInfo, type EventHandler, type ParkedMessages, type Subscription } from './event-bus.js';
export { EventBusServer, EventContext } from './event-bus-server.js';
export { InProcessEventBus, type BusClock, type InProcessBusOptions } from './in-process-event-bus.js';
