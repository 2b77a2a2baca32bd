import { ServerUnavailable } from './server.js';
import { serversAreRequired } from './settings.js';

/**
 * `await describeWithServer(...)` at the top of a test file: starts the server, then declares `tests` around it and stops it after them.
 * Without a server the tests are skipped with a printed reason; with CI=true they fail.
 */
export async function describeWithServer<Server extends { stop(): Promise<void> }>(
  name: string,
  start: () => Promise<Server>,
  tests: (server: Server) => void,
): Promise<void> {
  try {
    const server = await start();
    describe(name, () => {
      afterAll(() => server.stop());
      tests(server);
    });
  } catch (error) {
    if (!(error instanceof ServerUnavailable)) throw error;
    if (serversAreRequired()) {
      test(`${name}: a server is there, as CI=true demands`, () => {
        throw error;
      });
      return;
    }
    process.stderr.write(`\n*** SKIPPED: ${name}: ${error.message}\n`);
    describe.skip(name, () => {
      test('needs a server', () => {});
    });
  }
}
