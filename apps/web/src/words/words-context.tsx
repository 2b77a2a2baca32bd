import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { en, type Words } from './en.js';
import { es } from './es.js';

export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

interface WordsValue {
  t: Words;
  language: Language;
  setLanguage: (language: Language) => void;
  /** A number as the language writes it. */
  number: (value: number) => string;
}

const WordsContext = createContext<WordsValue | null>(null);
const KEPT_AS = 'lastgood.language';

function firstLanguage(): Language {
  const wanted = localStorage.getItem(KEPT_AS) ?? navigator.language.slice(0, 2);
  return wanted === 'es' ? 'es' : 'en';
}

/** Gives the page its words: the language chosen last, else the browser's. */
export function WordsProvider({ children }: { children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo((): WordsValue => {
    const numbers = new Intl.NumberFormat(language);
    return {
      t: language === 'es' ? es : en,
      language,
      number: (given) => numbers.format(given),
      setLanguage: (next) => {
        localStorage.setItem(KEPT_AS, next);
        setLanguage(next);
      },
    };
  }, [language]);
  return <WordsContext value={value}><I18nProvider locale={language}>{children}</I18nProvider></WordsContext>;
}

export function useWords(): WordsValue {
  const value = useContext(WordsContext);
  if (!value) throw new Error('words are used outside of their provider');
  return value;
}
