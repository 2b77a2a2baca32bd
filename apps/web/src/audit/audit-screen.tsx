import type { AuditEntry } from '@lastgood/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Form } from 'react-aria-components/Form';
import { addressOf } from '../api/call.js';
import { auditQuery, type AuditValues } from '../api/queries.js';
import { useTitle } from '../frame/use-title.js';
import { forbidden } from '../keys/keys-screen.js';
import { AnyText } from '../parts/any-text.js';
import { Field } from '../parts/field.js';
import { Icon } from '../parts/icon.js';
import { Answer, Empty, Failed } from '../parts/states.js';
import { useSession } from '../session/session-context.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';

/** Who did and read what, newest first. */
export function AuditScreen(): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const values = useSearch({ from: '/audit' });
  const instants: AuditValues = { ...values, ...(values.from ? { from: new Date(`${values.from}T00:00:00`).toISOString() } : {}), ...(values.to ? { to: new Date(`${values.to}T23:59:59.999`).toISOString() } : {}) };
  const asked = useInfiniteQuery({ ...auditQuery(instants), enabled: may('audit') });
  useTitle(t.audit);
  if (!may('audit')) return <><h1>{t.audit}</h1><Failed error={forbidden} /></>;
  return (
    <>
      <div className="screen-top"><h1>{t.audit}</h1><a className="button" href={addressOf('audit_export', { query: instants })} download="audit.jsonl"><Icon name="download" /> {t.exportAudit}</a></div>
      <AuditFilters key={JSON.stringify(values)} values={values} />
      <Answer of={asked}>
        {({ pages }) => {
          const entries = pages.flatMap(({ items }) => items);
          if (entries.length === 0) return <Empty title={t.noEntries} />;
          return (
            <>
              <AuditTable entries={entries} />
              {asked.hasNextPage && <Button className="button button-wide" isDisabled={asked.isFetchingNextPage} onPress={() => void asked.fetchNextPage()}>{t.showMore}</Button>}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function AuditFilters({ values }: { values: AuditValues }): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate({ from: '/audit' });
  const [typed, setTyped] = useState(values);
  const field = (name: keyof AuditValues, label: string, type: 'text' | 'date' = 'text'): ReactNode => <Field label={label} type={type} value={typed[name] ?? ''} onChange={(value) => setTyped({ ...typed, [name]: value })} />;
  return (
    <Form className="filters" onSubmit={(event) => {
      event.preventDefault();
      void navigate({ search: Object.fromEntries(Object.entries(typed).flatMap(([name, value]) => (value ? [[name, value.trim()]] : []))) });
    }}>
      {field('district', t.district)}{field('actor', t.actor)}{field('action', t.action)}{field('from', t.from, 'date')}{field('to', t.to, 'date')}
      <Button type="submit" className="button">{t.filter}</Button>
    </Form>
  );
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }): ReactNode {
  const { t, number } = useWords();
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={t.audit}>
      <table className="table">
        <thead><tr><th scope="col">{t.when}</th><th scope="col">{t.actor}</th><th scope="col">{t.action}</th><th scope="col">{t.district}</th><th scope="col" className="numeric">{t.recordsName}</th><th scope="col">{t.purpose}</th><th scope="col">{t.outcome}</th></tr></thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <th scope="row"><When at={entry.at} /></th>
              <td>{entry.actor === null ? '–' : <><AnyText text={entry.actor.name} /> <span className="quiet">{t.roles[entry.actor.role] ?? entry.actor.role}</span></>}</td>
              <td><code>{entry.action}</code>{entry.query !== null && <span className="quiet"> <AnyText text={entry.query} /></span>}</td>
              <td><bdi>{[entry.district, entry.source].filter(Boolean).join(' · ')}</bdi></td>
              <td className="numeric">{entry.count === null ? '–' : number(entry.count)}</td>
              <td className="any-text"><AnyText text={entry.purpose} /></td>
              <td><span className={entry.outcome === 'denied' ? 'chip phase-failed' : 'chip'}>{t.outcomes[entry.outcome]}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
