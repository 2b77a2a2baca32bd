import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useLiveRun } from '../api/run-stream.js';
import { useWords } from '../words/words-context.js';
import type { SourceStatus } from './badge.js';
import { CancelButton } from './cancel-button.js';
import { RefreshButton } from './refresh-button.js';
import { RunBars } from './run-bars.js';
import { RunProgressBar } from './run-progress-bar.js';
import { ScheduleLine } from './schedule-line.js';
import { FailureLine, SourceBadge } from './source-badge.js';

const COUNTED = ['students', 'parents', 'teachers', 'classes'] as const;

/** One source: how old, how many, what runs, what waits for a decision, when next. */
export function SourceCard({ district, source }: { district: string; source: SourceStatus }): ReactNode {
  const { t } = useWords();
  const active = source.runs?.activeRun ?? null;
  useLiveRun(active?.id ?? null, district);
  return (
    <div className="card" role="group" aria-label={source.source}>
      <div className="card-top">
        <h3><bdi>{source.source}</bdi> <span className="quiet">{source.kind}</span></h3>
        <div className="card-buttons">
          {active && <CancelButton run={active} />}
          <RefreshButton district={district} source={source} />
        </div>
      </div>
      <SourceBadge source={source} />
      {active && <div className="card-run"><RunProgressBar run={active} /><Link to="/$district/runs/$run" params={{ district, run: active.id }}>{t.viewDetails}</Link></div>}
      <FailureLine district={district} source={source} />
      <Decisions district={district} source={source} />
      <Counts source={source} />
      <RunBars district={district} source={source} />
      <ScheduleLine district={district} source={source} />
    </div>
  );
}

function Decisions({ district, source: { source, held, onHold } }: { district: string; source: SourceStatus }): ReactNode {
  const { t } = useWords();
  const [newest] = held;
  if (newest === undefined && !onHold) return null;
  return (
    <p className="notice">
      {newest !== undefined && <>{t.heldWaits} <Link to="/$district/snapshots/$snapshot" params={{ district, snapshot: newest }}>{t.review}</Link> </>}
      {onHold && <>{t.onHold} <Link to="/$district/snapshots" params={{ district }} search={{ source }}>{t.snapshots}</Link></>}
    </p>
  );
}

function Counts({ source: { current } }: { source: SourceStatus }): ReactNode {
  const { t, number } = useWords();
  if (!current) return null;
  return (
    <dl className="counts">
      {COUNTED.filter((name) => current.counts[name] !== undefined).map((name) => <div key={name}><dt>{t[name]}</dt><dd>{number(current.counts[name] ?? 0)}</dd></div>)}
    </dl>
  );
}
