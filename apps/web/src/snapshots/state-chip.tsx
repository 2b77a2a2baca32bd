import type { SnapshotItem } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import { useWords } from '../words/words-context.js';

/** What a snapshot is now. */
export function StateChip({ item: { state, status } }: { item: SnapshotItem }): ReactNode {
  const { t } = useWords();
  return <span className={`chip state-${state}`}>{t.states[state]}{status === 'partial' && ` · ${t.partial}`}</span>;
}
