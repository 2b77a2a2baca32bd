import type { DistrictStatus, Run } from '@lastgood/contracts';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { addressOf, call } from './call.js';
import { POLL_MS } from './queries.js';

/** Follows a run by server-sent events, and by asking every 5 s while those do not come; `tell` gets every state, `over` once its last. */
export function followRun(run: string, tell: (run: Run) => void, over: () => void): () => void {
  let ended = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => {
    ended = true;
    events.close();
    clearInterval(timer);
  };
  const events = new EventSource(addressOf('runs_events', { run }));
  events.addEventListener('progress', ({ data }) => {
    clearInterval(timer);
    timer = undefined;
    tell(JSON.parse(data as string) as Run);
  });
  events.addEventListener('end', ({ data }) => {
    stop();
    tell(JSON.parse(data as string) as Run);
    over();
  });
  events.addEventListener('error', () => {
    if (ended || timer !== undefined) return;
    timer = setInterval(() => void call('runs_one', { run }).then((now) => {
      if (ended) return;
      tell(now);
      if (now.finishedAt === null) return;
      stop();
      over();
    }, () => undefined), POLL_MS);
  });
  return stop;
}

/** Keeps what is known of a run fresh while it is active; at its end everything that it may have changed is asked anew. */
export function useLiveRun(run: string | null, district: string): void {
  const client = useQueryClient();
  useEffect(() => {
    if (run === null) return undefined;
    const renew = (...kinds: string[]): void => {
      for (const what of kinds) void client.invalidateQueries({ queryKey: [what, district] });
    };
    const stop = followRun(run, (now) => tellEverybody(client, now), () => renew('status'));
    return () => {
      stop();
      // The status may tell of the end before the stream does.
      void client.invalidateQueries({ queryKey: ['run', run] });
      renew('runs', 'snapshots');
    };
  }, [run, district, client]);
}

/** A step of a run is told wherever the run shows, its badge too; of its end only the status knows what it changed. */
function tellEverybody(client: QueryClient, now: Run): void {
  client.setQueryData(['run', now.id], now);
  if (now.finishedAt !== null) return;
  client.setQueryData<DistrictStatus>(['status', now.district], (status) => status && {
    ...status, sources: status.sources.map((source) => (source.runs?.activeRun?.id === now.id ? { ...source, runs: { ...source.runs, activeRun: now } } : source)),
  });
}
