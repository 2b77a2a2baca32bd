import { Clock } from '@lastgood/service-runtime';
import { Chores } from './chores.js';
import { Silence } from './testing/silence.js';

/** Sleeps once for no time, then until it is told to stop. */
class FirstMinute extends Clock {
  #slept = false;
  now(): number {
    return 0;
  }
  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#slept) return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))));
    this.#slept = true;
    return Promise.resolve();
  }
}

test('a chore under way is told when the gateway stops, which waits for its end and begins no other', async () => {
  const done: string[] = [];
  const begun = Promise.withResolvers<undefined>();
  const long = (stop: AbortSignal): Promise<void> => new Promise((resolve) => {
    stop.addEventListener('abort', () => {
      done.push('long');
      resolve();
    });
    begun.resolve(undefined);
  });
  const chores = new Chores([long, () => Promise.resolve(done.push('next'))], new FirstMinute(), new Silence());
  chores.start();
  await begun.promise;
  await chores.close();
  expect(done).toEqual(['long']);
});
