import type { Role } from '@lastgood/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { call } from '../api/call.js';
import { districtsQuery, keysQuery } from '../api/queries.js';
import { Choice } from '../parts/choice.js';
import { Ask, Panel } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import { useSession } from '../session/session-context.js';
import { useWords } from '../words/words-context.js';

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin', 'auditor'];

/** Makes a key and shows it once. */
export function NewKey({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useWords();
  const client = useQueryClient();
  const { session: { districts: own } } = useSession();
  const { data: districts } = useQuery(districtsQuery);
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [district, setDistrict] = useState<string>();
  const [expires, setExpires] = useState('');
  const make = useMutation({
    mutationFn: () => call('admin_create', {
      body: { name: name.trim(), role, districts: district === undefined ? own : [district], expiresAt: expires === '' ? null : new Date(`${expires}T23:59:59`).toISOString() },
    }),
    onSuccess: () => void client.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  if (make.data) return <MadeKey value={make.data.key} onClose={onClose} />;
  return (
    <Ask title={t.newKey} confirm={t.makeKey} busy={make.isPending} error={make.error} disabled={name.trim() === ''} onConfirm={() => make.mutate()} onClose={onClose}>
      <Field label={t.name} value={name} onChange={setName} hint={t.keyNameHint} maxLength={128} autoFocus />
      <Choice label={t.role} value={role} options={ROLES.map((id) => ({ id, name: t.roles[id] ?? id }))} onChange={(next) => setRole(ROLES.find((one) => one === next) ?? 'viewer')} />
      <p className="hint">{t.roleHints[role]}</p>
      <Choice label={t.district} value={district} all={t.allDistricts} options={districts?.items ?? []} onChange={setDistrict} />
      <Field label={t.expires} value={expires} onChange={setExpires} type="date" hint={t.expiresHint} />
    </Ask>
  );
}

function MadeKey({ value, onClose }: { value: string; onClose: () => void }): ReactNode {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  return (
    <Panel title={t.keyMade} onClose={onClose}>
      <div className="dialog-body">
        <p>{t.keyMadeHow}</p>
        <pre className="key-value" tabIndex={0} aria-label={t.key}>{value}</pre>
        <p role="status">{copied && t.copied}</p>
      </div>
      <div className="dialog-buttons">
        <Button className="button" onPress={() => void navigator.clipboard.writeText(value).then(() => setCopied(true), () => undefined)}>{t.copy}</Button>
        <Button className="button button-primary" onPress={onClose}>{t.done}</Button>
      </div>
    </Panel>
  );
}
