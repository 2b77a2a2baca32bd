export { DirectoryObjectStore, type DirectoryStoreOptions } from './directory-object-store.js';
export { LateObjectStore } from './late-object-store.js';
export { type ObjectInfo, ObjectStore, ObjectStoreError, type ObjectStoreErrorKind } from './object-store.js';
export { probeStore, type StoreProbe } from './probe-store.js';
export { S3ObjectStore, type S3StoreOptions } from './s3-object-store.js';
