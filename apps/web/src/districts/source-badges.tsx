import type { DistrictStatus } from '@lastgood/contracts';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLiveRun } from '../api/run-stream.js';
import { MissingPart } from '../parts/states.js';
import { useWords } from '../words/words-context.js';
import { RefreshButton } from './refresh-button.js';
import { RunProgressBar } from './run-progress-bar.js';
import type { SourceStatus } from './badge.js';
import { FailureLine, SourceBadge } from './source-badge.js';

/** The badge of every source that is searched, each with what can be done about it. */
export function SourceBadges({ district, asked, only }: { district: string; asked: UseQueryResult<DistrictStatus>; only: string | undefined }): ReactNode {
  const { t } = useWords();
  const sources = (asked.data?.sources ?? []).filter(({ source }) => only === undefined || source === only);
  return (
    <div className="badges">
      <MissingPart of={asked} name={t.snapshots} />
      {sources.map((source) => <BadgeRow key={source.source} district={district} source={source} named={sources.length > 1} />)}
    </div>
  );
}

function BadgeRow({ district, source, named }: { district: string; source: SourceStatus; named: boolean }): ReactNode {
  const active = source.runs?.activeRun ?? null;
  useLiveRun(active?.id ?? null, district);
  return (
    <div className="badge-row">
      {named && <strong><bdi>{source.source}</bdi></strong>}
      <SourceBadge source={source} />
      <RefreshButton district={district} source={source} />
      {active && <RunProgressBar run={active} />}
      <FailureLine district={district} source={source} />
    </div>
  );
}
