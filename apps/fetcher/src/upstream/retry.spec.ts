import fc from 'fast-check';
import { InstantClock } from '../testing/instant-clock.js';
import { withRetries } from './retry.js';
import { UpstreamFailure } from './upstream-failure.js';

const fault = fc.record({ retryable: fc.boolean(), retryAfterMs: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }) });
const rules = fc.record({ tries: fc.integer({ min: 1, max: 10 }), retryDelayMs: fc.integer({ min: 1, max: 60_000 }), runMs: fc.integer({ min: 1000, max: 1_800_000 }) });

describe('retries', () => {
  test('P16 transient upstream faults are retried with growing, jittered waits within the limits', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fault, { maxLength: 12 }), rules, fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), async (faults, { tries, retryDelayMs, runMs }, randoms) => {
      const clock = new InstantClock(0);
      let calls = 0;
      const drawn: number[] = [];
      const outcome = await withRetries(async () => {
        const next = faults[calls];
        calls += 1;
        if (next) throw new UpstreamFailure('upstream_error', 'a fault', { retryable: next.retryable, ...(next.retryAfterMs === undefined ? {} : { retryAfterMs: next.retryAfterMs }) });
        return 'answered' as const;
      }, { tries, retryDelayMs, deadlineMs: runMs }, {
        clock, signal: new AbortController().signal,
        random: () => {
          const value = randoms.next().value as number;
          drawn.push(value);
          return value;
        },
      }).catch((error: unknown) => error as UpstreamFailure);

      expect(calls).toBeLessThanOrEqual(tries);
      expect(clock.now()).toBeLessThan(runMs);
      clock.slept.forEach((waitMs, index) => {
        const asked = faults[index]?.retryAfterMs ?? 0;
        const bound = retryDelayMs * Math.min(32, 2 ** index);
        expect(waitMs).toBe(Math.max(asked, (drawn[index] ?? 0) * bound));
        expect(faults[index]?.retryable).toBe(true);
      });
      const transient = faults.slice(0, tries).every(({ retryable }) => retryable);
      if (outcome === 'answered') expect(calls).toBe(faults.length + 1);
      else if (transient && calls < tries) {
        const last = drawn[calls - 1] ?? 0;
        expect(clock.now() + Math.max(faults[calls - 1]?.retryAfterMs ?? 0, last * retryDelayMs * Math.min(32, 2 ** (calls - 1)))).toBeGreaterThanOrEqual(runMs);
      }
    }), { numRuns: 500 });
  });

  test('a stopped pull tries no more', async () => {
    const stop = new AbortController();
    let calls = 0;
    const outcome = withRetries(async () => {
      calls += 1;
      stop.abort(new Error('stopped'));
      throw new UpstreamFailure('upstream_error', 'a fault', { retryable: true });
    }, { tries: 3, retryDelayMs: 1, deadlineMs: Number.MAX_SAFE_INTEGER }, { clock: new InstantClock(), random: () => 0, signal: stop.signal });
    await expect(outcome).rejects.toThrow('a fault');
    expect(calls).toBe(1);
  });
});
