import { describeWithServer, startPostgres } from '@lastgood/test-servers';
import { databaseSuite } from './database-suite.js';
import { openPostgresDatabase, type Database } from './index.js';

await describeWithServer('PostgreSQL', startPostgres, (server) => {
  databaseSuite('PostgreSQL', async () => {
    const url = await server.createDatabase();
    const opened: Database[] = [];
    return {
      connect: async () => {
        const database = openPostgresDatabase({ url });
        opened.push(database);
        return database;
      },
      close: async () => {
        await Promise.all(opened.map((database) => database.close()));
      },
    };
  });
});
