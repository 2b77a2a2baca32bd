import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { call } from '../api/call.js';
import { Ask } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { useSession } from '../session/session-context.js';
import { duration } from '../time/relative.js';
import { useWords } from '../words/words-context.js';
import { askFor, type SourceStatus } from './badge.js';

/** Asks for a refresh after a confirmation that says how long it takes and what stays; while one runs, it is joined. */
export function RefreshButton({ district, source }: { district: string; source: SourceStatus }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const refresh = useMutation({
    mutationFn: () => call('districts_refresh', { district, body: { source: source.source } }),
    onSuccess: () => {
      setAsking(false);
      for (const what of ['status', 'runs']) void client.invalidateQueries({ queryKey: [what, district] });
    },
  });
  if (!may('refresh')) return null;
  const asked = askFor(source);
  const words = t[asked];
  return (
    <>
      <Button className="button button-small" aria-label={`${words} ${source.source}`} onPress={() => setAsking(true)}><Icon name={asked === 'create' ? 'plus' : 'refresh'} /> {words}</Button>
      {asking && (
        <Ask title={t.refreshTitle(source.source)} confirm={source.runs?.activeRun ? t.join : words} busy={refresh.isPending} error={refresh.error} onConfirm={() => refresh.mutate()} onClose={() => setAsking(false)}>
          <p>{source.runs?.usualSeconds == null ? t.refreshFirstTime : t.refreshUsually(duration(source.runs.usualSeconds))}</p>
          <p>{source.current ? t.refreshKeeps : t.refreshNothingYet}</p>
          {source.runs?.activeRun && <p>{t.refreshJoins}</p>}
        </Ask>
      )}
    </>
  );
}
