import { ServiceError, type ToldRunLogLine } from '@lastgood/contracts';
import { InProcessEventBus } from '@lastgood/event-bus';
import { InstantClock } from '../testing/instant-clock.js';
import { KeptLog } from '../testing/kept-log.js';
import { ToldLines } from './tell-lines.js';

const PLACE = { district: 'oakwood', source: 'sis', run: 'a'.repeat(26), epoch: 1 };
const AWAY = new ServiceError('unavailable', 'broker_unavailable', 'The broker does not answer.', { retryable: true });

/** A clock whose sleeps end only when they are told to. */
class StandingClock extends InstantClock {
  override async sleep(_: number, signal?: AbortSignal): Promise<void> {
    await new Promise((_resolve, reject) => {
      const end = (): void => reject(signal?.reason as Error);
      if (signal?.aborted) end();
      signal?.addEventListener('abort', end);
    });
  }
}

describe('the log lines of a pull', () => {
  let refusals: Error[];
  let asked: number;
  let told: ToldRunLogLine[];
  const bus = new InProcessEventBus();
  const publish = bus.publish.bind(bus);
  const lines = (clock = new InstantClock()): ToldLines => new ToldLines(new KeptLog(), PLACE, bus, clock);
  const messages = (): string[] => told.map(({ message }) => message);

  beforeEach(() => {
    [refusals, asked, told] = [[], 0, []];
    bus.publish = async (type, data) => {
      asked += 1;
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      await publish(type, data);
      told.push(...(data as { lines: ToldRunLogLine[] }).lines);
    };
  });
  afterAll(() => bus.close());

  test('that a bus does not take are told again, also when none comes after them', async () => {
    refusals = [AWAY, AWAY, AWAY];
    const { log, idle } = boundTo(lines());
    log.info('one');
    log.error('the last');
    await idle();
    expect([messages(), told.map(({ number }) => number), asked]).toEqual([['one', 'the last'], [0, 1], 4]);
  });

  test('are not told again for ever, and then go with the next', async () => {
    refusals = Array.from({ length: 1_000 }, () => AWAY);
    const { log, idle } = boundTo(lines());
    log.info('one');
    await idle();
    expect([asked, messages()]).toEqual([60, []]);
    refusals = [];
    log.info('two');
    await idle();
    expect(messages()).toEqual(['one', 'two']);
  });

  test('of which some can never be told hold up no others', async () => {
    const { log, idle } = boundTo(lines());
    for (let number = 0; number < 20; number += 1) log.info('fits', { 'no name of a field': number });
    log.info('after them');
    await idle();
    expect([messages(), asked]).toEqual([['after them'], 2]);
  });

  test('are told without a wait when the process stops, and given up where the bus is away', async () => {
    const gathering = lines(new StandingClock());
    gathering.log.info('the last');
    expect(asked).toBe(0);
    await gathering.flush();
    expect(messages()).toEqual(['the last']);
    refusals = [AWAY, AWAY];
    const away = lines(new StandingClock());
    away.log.info('of a bus that is away');
    await away.flush();
    expect([messages(), asked]).toEqual([['the last'], 2]);
  });
});

function boundTo(lines: ToldLines): { log: ToldLines['log']; idle: () => Promise<void> } {
  return { log: lines.log, idle: () => lines.idle() };
}
