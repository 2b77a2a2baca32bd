import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryObjectStore } from './directory-object-store.js';
import { objectStoreSuite } from './object-store-suite.js';

const base = await mkdtemp(join(tmpdir(), 'lastgood-store-'));
afterAll(() => rm(base, { recursive: true, force: true }));

objectStoreSuite('a directory', () => DirectoryObjectStore.open({ root: join(base, 'data') }));
