import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { Icon } from '../parts/icon.js';
import { useWords } from '../words/words-context.js';

const PAUSE_MS = 120;

/** The one box. The arrow down goes on to the results. */
export function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }): ReactNode {
  const { t } = useWords();
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    // Back and forward change the address; what is being typed does not wait for it.
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  return (
    <SearchField className="search-box" aria-label={t.searchLabel} value={typed} onChange={setTyped} maxLength={200} autoFocus autoComplete="off">
      <Icon name="search" />
      <Input className="search-input" placeholder={t.searchPlaceholder} onKeyDown={goToResults} spellCheck="false" />
      <kbd className="kbd" aria-hidden="true">/</kbd>
      <Button className="button button-plain search-clear" aria-label={t.clear}><Icon name="cross" /></Button>
    </SearchField>
  );
}

function goToResults(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown') return;
  const first = document.querySelector<HTMLElement>('.results [role=row]');
  if (!first) return;
  event.preventDefault();
  first.focus();
}
