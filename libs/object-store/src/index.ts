export { ObjectStore, ObjectStoreError, type ObjectInfo, type ObjectStoreErrorKind } from './object-store.js';
