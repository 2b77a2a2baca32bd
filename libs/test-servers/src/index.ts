export { startArchivingPostgres, type ArchivingPostgres } from './archiving-postgres.js';
export { describeWithServer } from './describe-with-server.js';
export { freePort } from './free-port.js';
export { findPostgresProgram } from './postgres-program.js';
export { runOnPostgres, startPostgres, type PostgresServer } from './postgres-server.js';
export { startRabbit, type RabbitFaults, type RabbitServer } from './rabbit-server.js';
export { startRelay, type Loss } from './relay.js';
export { ServerUnavailable, type Faults } from './server.js';
export { startS3, type S3Make, type S3Server } from './s3-server.js';
