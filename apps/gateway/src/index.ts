export { gatewayService } from './gateway.module.js';
export { permissionReference } from './permission-reference.js';
