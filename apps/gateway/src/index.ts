export { clientSource } from './client-source.js';
export { gatewayService } from './gateway.module.js';
export { permissionReference } from './permission-reference.js';
