/** Tests run as compiled: `tsc -b` writes them beside the code into dist, so that what is tested is what ships. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist'],
  testMatch: ['**/*.spec.js'],
  transform: {},
  testTimeout: 120_000,
  reporters: ['default', new URL('./tools/jest-count-reporter.mjs', import.meta.url).pathname],
};
