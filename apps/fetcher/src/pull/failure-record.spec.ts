import { type EventData, PageList } from '@lastgood/contracts';
import type { QuirkInput } from '@lastgood/upstream-simulator';
import fc from 'fast-check';
import { PullStand } from '../testing/pull-stand.js';
import { UpstreamHosts } from '../upstream/upstream-host.js';

const COLLECTIONS = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments'] as const;
type Collection = (typeof COLLECTIONS)[number];
const PAGE_SIZE = 40;
/** Short only where an upstream is silent, so that a busy machine does not look like one. */
const callTimeoutMs = ({ kind }: QuirkInput): number => (kind === 'hang' || kind === 'stall' ? 300 : 20_000);

interface Fault {
  quirk: QuirkInput;
  code: string;
  /** Null where no whole answer came. */
  httpStatus: number | null;
  retryable: boolean;
}

const byStatus: Record<number, [code: string, retryable: boolean]> = {
  401: ['upstream_unauthorized', false], 403: ['upstream_forbidden', false], 429: ['upstream_rate_limited', true], 500: ['upstream_failing', true], 502: ['upstream_failing', true], 503: ['upstream_failing', true],
};
const statusFault = fc.record({ status: fc.constantFrom(...Object.keys(byStatus).map(Number)), body: fc.constantFrom('standard', 'html', 'flat', 'error', 'empty') })
  .map(({ status, body }): Fault => {
    const [code, retryable] = byStatus[status] ?? ['', false];
    return { quirk: { kind: 'status', status, body }, code, httpStatus: status, retryable };
  });
/** What an upstream may do to one page, with the cause that the record must name. */
const fault = fc.oneof({ arbitrary: statusFault, weight: 2 }, {
  arbitrary: fc.constantFrom<Fault>(
    { quirk: { kind: 'htmlBody' }, code: 'answer_not_json', httpStatus: 200, retryable: true },
    { quirk: { kind: 'truncatedJson' }, code: 'answer_not_json', httpStatus: 200, retryable: true },
    { quirk: { kind: 'cutBody' }, code: 'upstream_unreachable', httpStatus: null, retryable: true },
    { quirk: { kind: 'refuse' }, code: 'upstream_unreachable', httpStatus: null, retryable: true },
    { quirk: { kind: 'ok200WithError' }, code: 'upstream_error_answer', httpStatus: 200, retryable: true },
    { quirk: { kind: 'bareArray' }, code: 'envelope_missing', httpStatus: 200, retryable: false },
    { quirk: { kind: 'wrongEnvelope', key: 'rows' }, code: 'envelope_missing', httpStatus: 200, retryable: true },
    { quirk: { kind: 'redirect', to: 'https://elsewhere.example/users' }, code: 'upstream_redirected', httpStatus: 302, retryable: false },
    { quirk: { kind: 'hugeBody', bytes: 400_000 }, code: 'answer_too_large', httpStatus: null, retryable: false },
    { quirk: { kind: 'hang' }, code: 'upstream_timeout', httpStatus: null, retryable: true },
    { quirk: { kind: 'stall' }, code: 'upstream_timeout', httpStatus: null, retryable: true },
  ),
  weight: 3,
});

const oneCase = fc.record({ fault, collection: fc.constantFrom(...COLLECTIONS), page: fc.nat(100), concurrency: fc.constantFrom(1, 3) });

describe('a pull that fails', () => {
  let stand: PullStand;
  let epoch = 1;
  /** Offsets of the pages of each collection, from a pull without faults. */
  const offsets = new Map<Collection, number[]>();
  let personal: string[] = [];

  beforeAll(async () => {
    stand = await PullStand.start({ limits: { pageSize: PAGE_SIZE, tries: 2, maxAnswerBytes: 200_000, concurrency: 1 } }, { people: 80 });
    const lists = await stand.pageLists(await stand.pull(epoch));
    for (const collection of COLLECTIONS) offsets.set(collection, PageList.parse(lists.get(collection)).pages.map(({ offset }) => offset));
    const users = await stand.records(lists.get('users'));
    personal = users.flatMap(({ sourcedId, email, username, familyName, givenName }) => [sourcedId, email, username, familyName, givenName]).filter((value): value is string => typeof value === 'string' && value.length > 4);
  });
  afterAll(() => stand[Symbol.asyncDispose]());

  /** What `fetch.failed` says of a pull against this fault; hosts of its own, so that no earlier case has opened the circuit. */
  async function failureOf(quirk: QuirkInput, concurrency: number): Promise<EventData<'fetch.failed'>> {
    await stand.simulator.control.setQuirks(quirk);
    stand.source = { ...stand.source, limits: { ...stand.source.limits, concurrency, callTimeoutMs: callTimeoutMs(quirk) } };
    const hosts = new UpstreamHosts(stand.clock);
    const run = String(epoch += 1).padStart(26, '0');
    const fetcher = stand.fetcher({ hosts });
    fetcher.request(stand.request(epoch, run));
    const outcome = await stand.outcome(epoch);
    await fetcher.idle();
    hosts.close();
    if (outcome.type !== 'fetch.failed') throw new Error('the pull did not fail');
    return outcome.data as EventData<'fetch.failed'>;
  }

  test('P14 the record of a failed refresh says what failed: collection, page, cause', async () => {
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(oneCase, async ({ fault: { quirk, code, httpStatus, retryable }, collection, page, concurrency }) => {
        const pages = offsets.get(collection) ?? [];
        const fromOffset = pages[page % pages.length] ?? 0;
        const toldBefore = stand.log.lines.length;
        const { failure } = await failureOf({ ...quirk, collection, fromOffset }, concurrency);
        expect(failure).toMatchObject({ code, httpStatus, retryable, collection, severity: 'error', count: 1 });
        // One page at a time fails at the first broken page; several at once at any of them, or just behind the end.
        if (concurrency === 1) expect(failure.offset).toBe(fromOffset);
        expect(failure.offset).toBeGreaterThanOrEqual(fromOffset);
        expect(failure.offset).toBeLessThanOrEqual((pages.at(-1) ?? 0) + concurrency * PAGE_SIZE);
        expect(failure.message).toMatch(/\w+ \w+ \w+/);
        const told = JSON.stringify([failure, stand.log.lines.slice(toldBefore)]);
        expect(personal.filter((value) => told.includes(value))).toEqual([]);
        codes.add(failure.code);
      }),
      { numRuns: 100 },
    );
    expect(codes.size).toBeGreaterThanOrEqual(8);
  }, 240_000);
});
