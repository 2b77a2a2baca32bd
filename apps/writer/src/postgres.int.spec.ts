import { describeWithServer, startPostgres } from '@lastgood/test-servers';
import { runLinesSuite } from './runs/run-lines-suite.js';
import { runsSuite } from './runs/runs-suite.js';
import { toldProgressSuite } from './runs/told-progress-suite.js';
import { scheduleSuite } from './schedule/schedule-suite.js';
import { databasesOf } from './testing/postgres.js';

await describeWithServer('the writer on PostgreSQL', startPostgres, (server) => {
  runsSuite('PostgreSQL', databasesOf(server));
  toldProgressSuite('PostgreSQL', databasesOf(server));
  scheduleSuite('PostgreSQL', databasesOf(server));
  runLinesSuite('PostgreSQL', databasesOf(server));
});
