import { join } from 'node:path';
import { AUDIT_REMOVED } from '@lastgood/contracts';
import { openSqliteDatabase } from '@lastgood/database';
import { publicRoutes } from '../access/public-routes.js';
import { PUBLIC_CONTROLLERS } from '../gateway.module.js';
import { describeRemoval } from '../testing/removal-suite.js';

describeRemoval((folder) => Promise.resolve(openSqliteDatabase(join(folder, 'test.sqlite'))));

test('no route is called as the entries that tell of removals: nobody enters one by asking', () => {
  expect(publicRoutes(PUBLIC_CONTROLLERS).map(({ operation }) => operation)).not.toContain(AUDIT_REMOVED);
});
