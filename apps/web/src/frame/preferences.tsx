import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Icon } from '../parts/icon.js';
import { LANGUAGES, useWords } from '../words/words-context.js';
import { useDark } from './theme.js';

/** Language and light or dark. */
export function Preferences(): ReactNode {
  const { t, language, setLanguage } = useWords();
  const [dark, toggleDark] = useDark();
  const other = language === 'en' ? 'es' : 'en';
  return (
    <div className="preferences">
      <Button className="button button-plain" onPress={() => setLanguage(other)}><span lang={other}>{LANGUAGES[other]}</span></Button>
      <Button className="button button-plain" aria-label={dark ? t.lightMode : t.darkMode} onPress={toggleDark}><Icon name={dark ? 'sun' : 'moon'} /></Button>
    </div>
  );
}
