import { setTimeout as wait } from 'node:timers/promises';

/** Asks every 20 ms until there is an answer other than null, undefined and false; throws with `what` after `limitMs`. */
export async function until<Answer>(what: string, ask: () => Answer | Promise<Answer>, limitMs = 60_000): Promise<NonNullable<Answer>> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > limit) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await wait(20);
  }
}
