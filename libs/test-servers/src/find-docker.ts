import type { ContainerRuntimeClient } from 'testcontainers';
import { containersAreWanted } from './settings.js';

/** Docker as testcontainers speak to it, or the reason why tests do without. */
export async function findDocker(): Promise<ContainerRuntimeClient | { reason: string }> {
  if (!containersAreWanted()) return { reason: 'LASTGOOD_TEST_SERVERS=programs rules containers out' };
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient().catch(() => ({ reason: 'Docker does not answer' }));
}
