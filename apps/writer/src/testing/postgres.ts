import { openPostgresDatabase, type Database } from '@lastgood/database';
import type { DatabaseMediumUnderTest } from '@lastgood/database/suite';
import type { PostgresServer } from '@lastgood/test-servers';

/** Opens empty databases of a server; every writer has connections of its own. */
export function databasesOf(server: PostgresServer): () => Promise<DatabaseMediumUnderTest> {
  return async () => {
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
  };
}
