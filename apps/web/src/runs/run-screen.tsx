import type { Run } from '@lastgood/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { runQuery, statusQuery } from '../api/queries.js';
import { useLiveRun } from '../api/run-stream.js';
import { CancelButton } from '../districts/cancel-button.js';
import { RefreshButton } from '../districts/refresh-button.js';
import { RunProgressBar } from '../districts/run-progress-bar.js';
import { useTitle } from '../frame/use-title.js';
import { AnyText } from '../parts/any-text.js';
import { ServiceText } from '../parts/service-text.js';
import { Answer } from '../parts/states.js';
import { duration } from '../time/relative.js';
import { exactTime, When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { Evidence } from './evidence.js';
import { Findings } from './findings.js';
import { PhaseChip } from './phase-chip.js';
import { RunLog } from './run-log.js';
import { Timeline } from './timeline.js';

/** One run, live while it is active. */
export function RunScreen(): ReactNode {
  const { t } = useWords();
  const { district, run } = useParams({ from: '/$district/runs/$run' });
  const asked = useQuery(runQuery(run));
  const status = useQuery(statusQuery(district));
  const active = asked.data !== undefined && asked.data.finishedAt === null;
  useLiveRun(active ? run : null, district);
  useTitle(t.run);
  const source = status.data?.sources.find((one) => one.source === asked.data?.source);
  return (
    <>
      <p className="crumb"><Link to="/$district/runs" params={{ district }}>{t.runs}</Link></p>
      {!asked.data && <h1 className="hidden-title">{t.run}</h1>}
      <Answer of={asked}>
        {(now) => (
          <>
            <div className="screen-top">
              <h1>{t.runOf(now.source)} <PhaseChip phase={now.phase} /></h1>
              <div className="card-buttons"><CancelButton run={now} />{source && !active && <RefreshButton district={district} source={source} />}</div>
            </div>
            {active && <RunProgressBar run={now} />}
            <Failure run={now} />
            <Timeline run={now} />
            <Facts run={now} />
            <h2>{t.evidence}</h2>
            <Evidence run={now} />
            <Findings run={now} />
            <RunLog key={now.id} run={now} />
          </>
        )}
      </Answer>
    </>
  );
}

function Failure({ run: { failure } }: { run: Run }): ReactNode {
  const { t, number } = useWords();
  if (!failure) return null;
  return (
    <section className="failure" aria-label={t.whatFailed}>
      <h2>{t.whatFailed}</h2>
      <p><ServiceText code={failure.code} text={failure.message} /></p>
      <dl className="fields">
        <div><dt>{t.code}</dt><dd><code>{failure.code}</code></dd></div>
        {failure.collection !== null && <div><dt>{t.collection}</dt><dd>{failure.collection}</dd></div>}
        {failure.offset !== null && <div><dt>{t.pageAt}</dt><dd>{t.rowNumber(number(failure.offset))}</dd></div>}
        {failure.httpStatus !== null && <div><dt>{t.upstreamAnswered}</dt><dd>{failure.httpStatus}</dd></div>}
      </dl>
      <p><strong>{t.whatToDo}</strong> {failure.retryable ? t.retryMayHelp : t.retryWontHelp}</p>
    </section>
  );
}

function Facts({ run }: { run: Run }): ReactNode {
  const { t, language } = useWords();
  return (
    <dl className="fields">
      <div><dt>{t.started}</dt><dd>{exactTime(run.requestedAt, language)} (<When at={run.requestedAt} />)</dd></div>
      {run.durationSeconds !== null && <div><dt>{t.took}</dt><dd>{duration(run.durationSeconds)}</dd></div>}
      <div><dt>{t.askedBy}</dt><dd>{t.ways[run.asker.via]}, <AnyText text={run.asker.actor} /></dd></div>
      {run.snapshot !== null && <div><dt>{t.snapshot}</dt><dd><Link to="/$district/snapshots/$snapshot" params={{ district: run.district, snapshot: run.snapshot }}><code>{run.snapshot}</code></Link></dd></div>}
      <div><dt>{t.run}</dt><dd><code>{run.id}</code></dd></div>
    </dl>
  );
}
