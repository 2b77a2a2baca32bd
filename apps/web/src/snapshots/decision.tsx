import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { call } from '../api/call.js';
import { Ask } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import { useSession } from '../session/session-context.js';
import { useWords } from '../words/words-context.js';

export type Verb = 'approve' | 'reject' | 'rollback';

interface DecisionProps {
  district: string;
  snapshot: string;
  verb: Verb;
  /** Words of the button, where they are not the verb's. */
  words?: string;
  /** What is decided, in a sentence. */
  explains: string;
  /** The log head that was looked at. */
  previewed?: number | undefined;
  /** Why it cannot be decided yet, in a sentence. */
  waitsFor?: string | undefined;
}

/** One decision about a snapshot, with its reason. */
export function Decision({ district, snapshot, verb, words, explains, previewed, waitsFor }: DecisionProps): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const client = useQueryClient();
  const why = useId();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const decide = useMutation({
    mutationFn: () => call(`snapshots_${verb}` as const, { district, snapshot, body: { ...(reason.trim() === '' ? {} : { reason: reason.trim() }), ...(previewed === undefined ? {} : { previewed }) } }),
    onSuccess: () => {
      setAsking(false);
      for (const what of ['status', 'snapshots', 'snapshot', 'preview', 'runs']) void client.invalidateQueries({ queryKey: [what, district] });
    },
  });
  if (!may('decide')) return null;
  const title = words ?? t.verbs[verb];
  return (
    <>
      <Button className={verb === 'approve' ? 'button button-primary' : 'button'} isDisabled={waitsFor !== undefined} {...(waitsFor === undefined ? {} : { 'aria-describedby': why })} onPress={() => setAsking(true)}>{title}</Button>
      {waitsFor !== undefined && <span className="quiet" id={why}>{waitsFor}</span>}
      {asking && (
        <Ask title={title} confirm={title} danger={verb === 'reject'} busy={decide.isPending} error={decide.error} onConfirm={() => decide.mutate()} onClose={() => setAsking(false)}>
          <p>{explains}</p>
          <Field label={t.reason} value={reason} onChange={setReason} lines hint={t.reasonHint} autoFocus />
        </Ask>
      )}
    </>
  );
}
