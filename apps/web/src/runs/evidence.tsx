import type { Run } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import { Empty } from '../parts/states.js';
import { useWords } from '../words/words-context.js';

/** Per collection what shows that everything was received. */
export function Evidence({ run: { progress, finishedAt } }: { run: Run }): ReactNode {
  const { t, number } = useWords();
  if (progress.collections.length === 0) return <Empty title={t.nothingFetched} />;
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={t.evidence}>
      <table className="table">
        <thead><tr><th scope="col">{t.collection}</th><th scope="col">{t.state}</th><th scope="col" className="numeric">{t.told}</th><th scope="col" className="numeric">{t.received}</th><th scope="col" className="numeric">{t.unique}</th><th scope="col" className="numeric">{t.pagesName}</th><th scope="col" className="numeric">{t.calls}</th><th scope="col" className="numeric">{t.retries}</th><th scope="col">{t.proof}</th></tr></thead>
        <tbody>
          {progress.collections.map((one) => (
            <tr key={one.collection}>
              <th scope="row">{one.collection}</th>
              <td>{finishedAt !== null && (one.state === 'fetching' || one.state === 'waiting') ? t.unfinished : t.collectionStates[one.state]}</td>
              <td className="numeric">{one.toldTotal === null ? '–' : number(one.toldTotal)}</td>
              <td className="numeric">{number(one.records + one.duplicates)}</td>
              <td className="numeric">{number(one.records)}</td>
              <td className="numeric">{number(one.pages)}</td>
              <td className="numeric">{number(one.calls)}</td>
              <td className="numeric">{number(one.retries + one.restarts)}</td>
              <td>{one.evidence === null ? '–' : t.proofs[one.evidence]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
