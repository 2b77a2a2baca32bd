import type { Run, RunPhase } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../parts/icon.js';
import { duration } from '../time/relative.js';
import { useWords } from '../words/words-context.js';
import { secondsByPhase } from './phase-times.js';
import { useRunLog } from './use-run-log.js';

const WAY: readonly RunPhase[] = ['requested', 'fetching', 'building', 'checking', 'publishing', 'published'];

const ICONS: Readonly<Record<string, IconName>> = { done: 'check', published: 'check', failed: 'alert', cancelled: 'cross', quarantined: 'pause', now: 'spinner' };

/** The phases in order, how far the run came, how long each took as the log of the run tells it, and how it ended. */
export function Timeline({ run }: { run: Run }): ReactNode {
  const { t } = useWords();
  const { data } = useRunLog(run, 'info', 'phase=');
  const took = secondsByPhase(run, (data?.pages ?? []).flatMap(({ items }) => items));
  const endedAside = !WAY.includes(run.phase);
  const reached = endedAside ? reachedBefore(run) : WAY.indexOf(run.phase);
  const steps = endedAside ? [...WAY.slice(0, reached + 1), run.phase] : WAY;
  return (
    <ol className="timeline" aria-label={t.timeline}>
      {steps.map((phase, index) => {
        const isLast = phase === run.phase;
        const isEnd = isLast || (endedAside && index === reached && run.phase !== 'quarantined');
        const state = isEnd ? (run.finishedAt === null ? 'now' : run.phase) : index < steps.indexOf(run.phase) ? 'done' : 'later';
        const icon = ICONS[state];
        return <li key={phase} className={`step step-${state}`} aria-current={isLast ? 'step' : undefined}><span className="step-dot">{icon && <Icon name={icon} spin={state === 'now'} />}</span>{t.phases[phase]}{took.has(phase) && <span className="quiet">{duration(took.get(phase) ?? 0)}</span>}</li>;
      })}
    </ol>
  );
}

/** How far a run came that did not publish, as its progress shows. */
function reachedBefore({ phase, progress, snapshot }: Run): number {
  if (phase === 'quarantined' || snapshot !== null) return WAY.indexOf('checking');
  const fetched = progress.collections.length > 0 && progress.collections.every(({ state }) => state === 'fetched' || state === 'missing');
  if (fetched) return WAY.indexOf('building');
  return progress.collections.length > 0 ? WAY.indexOf('fetching') : WAY.indexOf('requested');
}
