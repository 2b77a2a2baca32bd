import type { DatasetPreview, PreviewAnswer } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import { AnyText } from '../parts/any-text.js';
import { useWords } from '../words/words-context.js';

const DATASETS = ['students', 'parents', 'teachers', 'classes', 'enrollments'] as const;
const SCHOOLS_SHOWN = 20;

/** What a held snapshot would change: in all, by school and role, and in names for those who may see them. */
export function PreviewTables({ preview }: { preview: PreviewAnswer }): ReactNode {
  const { t } = useWords();
  const datasets = DATASETS.flatMap((name) => (preview.datasets[name] ? [{ name, label: t[name], ...preview.datasets[name] }] : []));
  return (
    <>
      {preview.base === null && <p>{t.previewFirst}</p>}
      <Changes title={t.preview} first={t.dataset} rows={datasets.map((one) => ({ ...one, key: one.name }))} />
      {datasets.map((one) => <Dataset key={one.name} label={one.label} dataset={one} />)}
    </>
  );
}

interface Row {
  key: string;
  label: string;
  added: number;
  removed: number;
  changed: number;
  unchanged?: number;
}

function Changes({ title, first, rows }: { title: string; first: string; rows: readonly Row[] }): ReactNode {
  const { t, number } = useWords();
  const whole = rows.some(({ unchanged }) => unchanged !== undefined);
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={title}>
      <table className="table">
        <thead><tr><th scope="col">{first}</th><th scope="col" className="numeric">{t.added}</th><th scope="col" className="numeric">{t.removed}</th><th scope="col" className="numeric">{t.changedCount}</th>{whole && <th scope="col" className="numeric">{t.unchanged}</th>}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row"><AnyText text={row.label} /></th>
              <td className="numeric">{number(row.added)}</td><td className="numeric">{row.removed > 0 ? <strong>{number(row.removed)}</strong> : '0'}</td><td className="numeric">{number(row.changed)}</td>
              {whole && <td className="numeric">{number(row.unchanged ?? 0)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Dataset({ label, dataset }: { label: string; dataset: DatasetPreview }): ReactNode {
  const { t } = useWords();
  if (dataset.added + dataset.removed + dataset.changed === 0) return null;
  const schools = dataset.bySchool.map(({ school, ...counts }, index) => ({ key: school?.sourcedId ?? String(index), label: school?.name ?? school?.sourcedId ?? '–', ...counts }));
  const roles = dataset.byRole.map(({ role, ...counts }) => ({ key: role, label: t.roleNames[role] ?? role, ...counts }));
  return (
    <details className="raw" open>
      <summary>{label}</summary>
      {schools.length > 0 && <Changes title={`${label}, ${t.school}`} first={t.school} rows={schools.slice(0, SCHOOLS_SHOWN)} />}
      {schools.length > SCHOOLS_SHOWN && <p className="quiet">{t.andMore(schools.length - SCHOOLS_SHOWN)}</p>}
      {roles.length > 1 && <Changes title={`${label}, ${t.role}`} first={t.role} rows={roles} />}
      {dataset.samples && <Samples samples={dataset.samples} />}
    </details>
  );
}

function Samples({ samples }: { samples: NonNullable<DatasetPreview['samples']> }): ReactNode {
  const { t } = useWords();
  const lists: [string, { sourcedId: string; name: string }[]][] = [[t.added, samples.added], [t.removed, samples.removed], [t.changedCount, samples.changed]];
  return (
    <div className="samples">
      {lists.filter(([, list]) => list.length > 0).map(([label, list]) => (
        <div key={label}><h4>{label}: {t.examples}</h4><ul>{list.map((one) => <li key={one.sourcedId}><AnyText text={one.name ?? one.sourcedId} /></li>)}</ul></div>
      ))}
    </div>
  );
}
