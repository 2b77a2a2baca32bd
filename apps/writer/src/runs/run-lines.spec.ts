import { runLinesSuite } from './run-lines-suite.js';

runLinesSuite('SQLite');
