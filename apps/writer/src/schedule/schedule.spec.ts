import { scheduleSuite } from './schedule-suite.js';

scheduleSuite('an SQLite file');
