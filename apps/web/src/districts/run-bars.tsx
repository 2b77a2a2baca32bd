import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { runsQuery } from '../api/queries.js';
import { MissingPart } from '../parts/states.js';
import { duration } from '../time/relative.js';
import { exactTime } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import type { SourceStatus } from './badge.js';

const SHOWN = 30;

/** The last 30 runs of a source, oldest first: height is how long it took, colour and words how it ended. */
export function RunBars({ district, source: { source, runs } }: { district: string; source: SourceStatus }): ReactNode {
  const { t, language } = useWords();
  const asked = useQuery({ ...runsQuery(district, source, SHOWN, runs?.lastRun?.id), placeholderData: keepPreviousData });
  const { data } = asked;
  if (!data) return <MissingPart of={asked} name={t.runs} />;
  if (data.items.length === 0) return <p className="quiet">{t.noRuns}</p>;
  const shown = data.items.toReversed();
  const longest = Math.max(1, ...shown.map(({ durationSeconds }) => durationSeconds ?? 0));
  return (
    <div className="bars-line">
      <ol className="bars" aria-label={`${t.lastRuns}: ${source}`}>
        {shown.map((run) => {
          const words = `${t.phases[run.phase]}, ${exactTime(run.requestedAt, language)}${run.durationSeconds === null ? '' : `, ${duration(run.durationSeconds)}`}`;
          return (
            <li key={run.id}>
              <span title={words} className="bar">
                <span className="hidden-title">{words}</span>
                <span className={`bar-fill phase-${run.phase}`} style={{ height: `${12 + (88 * (run.durationSeconds ?? longest)) / longest}%` }} />
              </span>
            </li>
          );
        })}
      </ol>
      <Link to="/$district/runs" params={{ district }} search={{ source }} aria-label={`${t.runs} ${source}`}>{t.runs}</Link>
    </div>
  );
}
