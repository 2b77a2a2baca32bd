import type { KeyItem } from '@lastgood/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { call } from '../api/call.js';
import { keysQuery } from '../api/queries.js';
import { useTitle } from '../frame/use-title.js';
import { AnyText } from '../parts/any-text.js';
import { Ask } from '../parts/dialog.js';
import { Answer, Empty, Failed } from '../parts/states.js';
import { withoutTurns } from '../parts/turns.js';
import { ApiProblem } from '../api/problem.js';
import { useSession } from '../session/session-context.js';
import { nowMs } from '../time/system-clock.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { NewKey } from './new-key.js';

/** Keys that open Lastgood; never their values. */
export function KeysScreen(): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const [making, setMaking] = useState(false);
  const asked = useQuery({ ...keysQuery, enabled: may('administer') });
  useTitle(t.keys);
  if (!may('administer')) return <><h1>{t.keys}</h1><Failed error={forbidden} /></>;
  return (
    <>
      <div className="screen-top"><h1>{t.keys}</h1><Button className="button button-primary" onPress={() => setMaking(true)}>{t.newKey}</Button></div>
      <p className="quiet">{t.keysHow}</p>
      <Answer of={asked}>{({ items }) => (items.length === 0 ? <Empty title={t.noKeys} /> : <KeyTable keys={items} />)}</Answer>
      {making && <NewKey onClose={() => setMaking(false)} />}
    </>
  );
}

/** What the gateway would answer. */
export const forbidden = new ApiProblem({ type: 'about:blank', title: 'forbidden', status: 403, detail: '', code: 'forbidden', retryable: false });

function KeyTable({ keys }: { keys: readonly KeyItem[] }): ReactNode {
  const { t } = useWords();
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={t.keys}>
      <table className="table">
        <thead><tr><th scope="col">{t.name}</th><th scope="col">{t.role}</th><th scope="col">{t.districts}</th><th scope="col">{t.made}</th><th scope="col">{t.expires}</th><th scope="col"><span className="hidden-title">{t.actions}</span></th></tr></thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <th scope="row"><AnyText text={key.name} /></th>
              <td>{t.roles[key.role] ?? key.role}</td>
              <td>{key.districts === null ? t.allDistricts : key.districts.join(', ')}</td>
              <td><When at={key.createdAt} /></td>
              <td>{key.expiresAt === null ? t.never : <When at={key.expiresAt} />}</td>
              <td><KeyState item={key} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function KeyState({ item }: { item: KeyItem }): ReactNode {
  const { t } = useWords();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const name = withoutTurns(item.name);
  const revoke = useMutation({
    mutationFn: () => call('admin_revoke', { key: item.id }),
    onSuccess: () => {
      setAsking(false);
      void client.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
  });
  if (item.revokedAt !== null) return <span className="chip">{t.revoked}</span>;
  if (item.expiresAt !== null && new Date(item.expiresAt).getTime() < nowMs()) return <span className="chip">{t.expired}</span>;
  return (
    <>
      <Button className="button button-small" aria-label={`${t.revoke} ${name}`} onPress={() => setAsking(true)}>{t.revoke}</Button>
      {asking && <Ask title={t.revokeTitle(name)} confirm={t.revoke} danger busy={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate()} onClose={() => setAsking(false)}><p>{t.revokeHow}</p></Ask>}
    </>
  );
}
