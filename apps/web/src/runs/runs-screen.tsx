import type { Run } from '@lastgood/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { districtsQuery, pollOf, runsQuery } from '../api/queries.js';
import { useTitle } from '../frame/use-title.js';
import { Choice } from '../parts/choice.js';
import { ServiceText } from '../parts/service-text.js';
import { Answer, Empty } from '../parts/states.js';
import { duration } from '../time/relative.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { PhaseChip } from './phase-chip.js';

const SHOWN = 100;

/** The last runs of a district, newest first. */
export function RunsScreen(): ReactNode {
  const { t } = useWords();
  const { district } = useParams({ from: '/$district/runs' });
  const { source } = useSearch({ from: '/$district/runs' });
  const navigate = useNavigate({ from: '/$district/runs' });
  const { data: districts } = useQuery(districtsQuery);
  const asked = useQuery({ ...runsQuery(district, source, SHOWN), refetchInterval: pollOf });
  const sources = districts?.items.find(({ id }) => id === district)?.sources ?? [];
  useTitle(t.runs);
  return (
    <>
      <h1>{t.runs}</h1>
      {sources.length > 1 && <Choice label={t.source} all={t.allSources} value={source} options={sources.map(({ id }) => ({ id, name: id }))} onChange={(next) => void navigate({ search: next === undefined ? {} : { source: next } })} />}
      <Answer of={asked}>{({ items }) => (items.length === 0 ? <Empty title={t.noRuns} /> : <RunTable district={district} runs={items} />)}</Answer>
    </>
  );
}

function RunTable({ district, runs }: { district: string; runs: readonly Run[] }): ReactNode {
  const { t, number } = useWords();
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={t.runs}>
      <table className="table">
        <thead><tr><th scope="col">{t.started}</th><th scope="col">{t.source}</th><th scope="col">{t.outcome}</th><th scope="col" className="numeric">{t.recordsName}</th><th scope="col" className="numeric">{t.took}</th><th scope="col">{t.askedBy}</th></tr></thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <th scope="row"><Link to="/$district/runs/$run" params={{ district, run: run.id }}><When at={run.requestedAt} /></Link></th>
              <td><bdi>{run.source}</bdi></td>
              <td><PhaseChip phase={run.phase} />{run.failure && <span className="quiet"> <ServiceText code={run.failure.code} text={run.failure.message} /></span>}</td>
              <td className="numeric">{number(run.progress.records)}</td>
              <td className="numeric">{run.durationSeconds === null ? '–' : duration(run.durationSeconds)}</td>
              <td>{t.ways[run.asker.via]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
