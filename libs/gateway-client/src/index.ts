export { ANSWERS } from './answers.js';
export type { Operations } from './operations.js';
export { requestOf, type Asked, type AskedOperation, type GatewayRequest, type Given, type OperationId } from './request.js';
