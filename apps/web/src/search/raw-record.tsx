import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { withoutTurns } from '../parts/turns.js';
import { useSession } from '../session/session-context.js';
import { useWords } from '../words/words-context.js';

const SHOWN_AT_FIRST = 4_000;

/** The whole upstream record as text, for those who may see it; a long one is cut until asked for. */
export function RawRecord({ item }: { item: { record: Record<string, unknown> | null } }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const [whole, setWhole] = useState(false);
  if (!may('read-record') || !item.record) return null;
  const text = withoutTurns(JSON.stringify(item.record, null, 2));
  return (
    <details className="raw">
      <summary>{t.rawRecord}</summary>
      <pre tabIndex={0} aria-label={t.rawRecord}><bdi>{whole ? text : text.slice(0, SHOWN_AT_FIRST)}</bdi></pre>
      {!whole && text.length > SHOWN_AT_FIRST && <Button className="button" onPress={() => setWhole(true)}>{t.showWhole}</Button>}
    </details>
  );
}
