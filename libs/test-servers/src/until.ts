import { setTimeout as wait } from 'node:timers/promises';

/** Asks every 25 ms until the answer is true; false when `limitMs` have passed. */
export async function until(condition: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (performance.now() < limit) {
    if (await condition()) return true;
    await wait(25);
  }
  return false;
}

/** True when an HTTP GET is answered within 2 s: with any status, or only with 200 when `healthy`. */
export async function answers(url: string, healthy: boolean): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' });
    await answer.arrayBuffer();
    return !healthy || answer.status === 200;
  } catch {
    return false;
  }
}
