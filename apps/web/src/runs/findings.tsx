import type { Finding, Run } from '@lastgood/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { snapshotQuery } from '../api/queries.js';
import { ServiceText } from '../parts/service-text.js';
import { useWords } from '../words/words-context.js';

/** What the checks of a run noticed, from the snapshot it left. */
export function Findings({ run }: { run: Run }): ReactNode {
  const { t } = useWords();
  const { data } = useQuery({ ...snapshotQuery(run.district, run.snapshot ?? ''), enabled: run.snapshot !== null });
  if (!data || data.findings.length === 0) return run.warnings > 0 ? <p>{t.warnings(run.warnings)}</p> : null;
  return <><h2>{t.findings}</h2><FindingList findings={data.findings} /></>;
}

/** Findings with how often each was met. */
export function FindingList({ findings }: { findings: readonly Finding[] }): ReactNode {
  const { t, number } = useWords();
  return (
    <ul className="findings">
      {findings.map((finding, index) => (
        <li key={index} className={`finding finding-${finding.severity}`}>
          <ServiceText code={finding.code} text={finding.message} /> <span className="quiet"><code>{finding.code}</code>{finding.collection !== null && ` · ${finding.collection}`}{finding.count > 1 && ` · ${t.times(number(finding.count))}`}</span>
        </li>
      ))}
    </ul>
  );
}
