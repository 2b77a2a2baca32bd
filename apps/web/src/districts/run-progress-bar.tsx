import type { Run } from '@lastgood/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Label } from 'react-aria-components/Label';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { runQuery } from '../api/queries.js';
import { duration } from '../time/relative.js';
import { useWords } from '../words/words-context.js';

/** How far an active run is: phase, collection, pages, records, rate, and the time left as a range. Kept fresh by whoever follows the run. */
export function RunProgressBar({ run: first }: { run: Run }): ReactNode {
  const { t, number } = useWords();
  const { data: run } = useQuery({ ...runQuery(first.id), initialData: first, staleTime: 5_000 });
  const { progress } = run;
  const share = progress.expectedRecords ? Math.min(100, (100 * progress.records) / progress.expectedRecords) : null;
  const facts = [
    progress.collection, t.pages(number(progress.pages)),
    progress.expectedRecords === null ? t.records(number(progress.records)) : t.recordsOf(number(progress.records), number(progress.expectedRecords)),
    progress.recordsPerSecond === null ? null : t.perSecond(number(Math.round(progress.recordsPerSecond))),
    progress.remainingSeconds === null ? null : t.remaining(duration(progress.remainingSeconds.low), duration(progress.remainingSeconds.high)),
  ].filter((fact) => fact !== null);
  return (
    <ProgressBar className="progress" value={share ?? 0} isIndeterminate={share === null}>
      {({ percentage }) => (
        <>
          <Label className="progress-words">{t.phases[run.phase]} · {facts.join(' · ')}</Label>
          <div className="progress-track"><div className={share === null ? 'progress-fill progress-unknown' : 'progress-fill'} style={share === null ? {} : { width: `${percentage ?? 0}%` }} /></div>
        </>
      )}
    </ProgressBar>
  );
}
