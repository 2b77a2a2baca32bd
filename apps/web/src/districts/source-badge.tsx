import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../parts/icon.js';
import { ServiceText } from '../parts/service-text.js';
import { duration } from '../time/relative.js';
import { useNow } from '../time/use-now.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { badgeOf, recordsIn, type BadgeState, type SourceStatus } from './badge.js';

const LOOKS: Record<BadgeState, { colour: 'green' | 'yellow' | 'red' | 'blue'; icon: IconName }> = {
  fresh: { colour: 'green', icon: 'check' },
  ageing: { colour: 'yellow', icon: 'clock' },
  old: { colour: 'red', icon: 'clock' },
  none: { colour: 'yellow', icon: 'alert' },
  fetching: { colour: 'blue', icon: 'spinner' },
  failed: { colour: 'red', icon: 'alert' },
  unreadable: { colour: 'red', icon: 'alert' },
};

/** How old the data of a source is, in colour, icon and words, with the number of records. */
export function SourceBadge({ source }: { source: SourceStatus }): ReactNode {
  const now = useNow(1_000);
  const state = badgeOf(source, now);
  const { colour, icon } = LOOKS[state];
  return <span className={`badge badge-${colour}`}><Icon name={icon} spin={state === 'fetching'} /> <span><BadgeWords state={state} source={source} now={now} /></span></span>;
}

function BadgeWords({ state, source: { current, runs, problem }, now }: { state: BadgeState; source: SourceStatus; now: number }): ReactNode {
  const { t, number } = useWords();
  const kept = current && <><When at={current.createdAt}>{(words) => t.snapshotFrom(words)}</When> ({t.records(number(recordsIn(current.counts)))})</>;
  if (state === 'unreadable') return <>{t.sourceUnreadable}: <ServiceText code={problem?.code} text={problem?.detail} /></>;
  if (state === 'none') return t.noSnapshotYet;
  if (state === 'fetching' && runs?.activeRun) return <>{t.phases[runs.activeRun.phase]} · {duration((now - new Date(runs.activeRun.requestedAt).getTime()) / 1000)}{kept && <> · {kept}</>}</>;
  if (state === 'failed') return <>{t.refreshFailed}{kept && <> · {kept}</>}</>;
  return <>{kept}{current?.status === 'partial' && <> · {t.partialWithout(current.missing.join(', '))}</>}</>;
}

/** Why the last run failed, in the words of the writer, with the way to its details. */
export function FailureLine({ district, source }: { district: string; source: SourceStatus }): ReactNode {
  const { t } = useWords();
  const run = source.runs?.lastRun;
  if (run?.phase !== 'failed' || source.runs?.activeRun) return null;
  return <p className="failure-line"><ServiceText code={run.failure?.code} text={run.failure?.message} /> <Link to="/$district/runs/$run" params={{ district, run: run.id }}>{t.viewDetails}</Link></p>;
}
