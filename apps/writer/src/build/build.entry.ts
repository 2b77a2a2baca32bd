import { handlerOf, type ThreadRole } from './build-thread.js';
import { doRoles } from './worker-thread.js';

doRoles((role) => handlerOf(role as ThreadRole));
