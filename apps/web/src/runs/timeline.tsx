import type { Run, RunPhase } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import { Icon } from '../parts/icon.js';
import { useWords } from '../words/words-context.js';

const WAY: readonly RunPhase[] = ['requested', 'fetching', 'building', 'checking', 'publishing', 'published'];

/** The phases in order, how far the run came, and how it ended. */
export function Timeline({ run }: { run: Run }): ReactNode {
  const { t } = useWords();
  const endedAside = !WAY.includes(run.phase);
  const reached = endedAside ? reachedBefore(run) : WAY.indexOf(run.phase);
  const steps = endedAside ? [...WAY.slice(0, reached + 1), run.phase] : WAY;
  return (
    <ol className="timeline" aria-label={t.timeline}>
      {steps.map((phase, index) => {
        const isLast = phase === run.phase;
        const state = isLast ? (run.finishedAt === null ? 'now' : run.phase) : index < steps.indexOf(run.phase) ? 'done' : 'later';
        return <li key={phase} className={`step step-${state}`} aria-current={isLast ? 'step' : undefined}><span className="step-dot">{(state === 'done' || state === 'published') && <Icon name="check" />}{state === 'failed' && <Icon name="alert" />}{state === 'now' && <Icon name="spinner" spin />}</span>{t.phases[phase]}</li>;
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
