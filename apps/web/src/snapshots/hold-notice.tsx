import type { ReactNode } from 'react';
import type { SourceStatus } from '../districts/badge.js';
import { useWords } from '../words/words-context.js';
import { Decision } from './decision.js';

/** After a rollback later runs are held; approving the current snapshot lifts that. */
export function HoldNotice({ district, source: { source, current, logNumber } }: { district: string; source: SourceStatus }): ReactNode {
  const { t } = useWords();
  return (
    <div className="notice notice-hold" role="status">
      <p><strong><bdi>{source}</bdi></strong>: {t.onHoldLong}</p>
      {current && <Decision district={district} snapshot={current.id} verb="approve" words={t.liftHold} explains={t.liftHoldHow} previewed={logNumber} />}
    </div>
  );
}
