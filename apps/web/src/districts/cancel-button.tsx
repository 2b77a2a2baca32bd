import type { Run } from '@lastgood/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { call } from '../api/call.js';
import { Ask } from '../parts/dialog.js';
import { useSession } from '../session/session-context.js';
import { useWords } from '../words/words-context.js';

/** Stops an active run after a question. */
export function CancelButton({ run }: { run: Run }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () => call('runs_cancel', { run: run.id, body: {} }),
    onSuccess: (now) => {
      setAsking(false);
      client.setQueryData(['run', run.id], now);
      for (const what of ['status', 'runs']) void client.invalidateQueries({ queryKey: [what, run.district] });
    },
  });
  if (!may('refresh') || run.finishedAt !== null || run.phase === 'stopping') return null;
  return (
    <>
      <Button className="button button-small" onPress={() => setAsking(true)}>{t.cancelRun}</Button>
      {asking && <Ask title={t.cancelTitle} confirm={t.cancelRun} danger busy={cancel.isPending} error={cancel.error} onConfirm={() => cancel.mutate()} onClose={() => setAsking(false)}><p>{t.cancelKeeps}</p></Ask>}
    </>
  );
}
