import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEPT_AS = 'lastgood.theme';

/** Sets the theme that was chosen last; before the first paint. */
export function applyKeptTheme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  const theme: Theme = kept === 'light' || kept === 'dark' ? kept : 'system';
  apply(theme);
  return theme;
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Whether dark shows now, and what turns it over. */
export function useDark(): [dark: boolean, toggle: () => void] {
  const [theme, setTheme] = useState(applyKeptTheme);
  const dark = theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
  return [dark, () => {
    const next = dark ? 'light' : 'dark';
    localStorage.setItem(KEPT_AS, next);
    apply(next);
    setTheme(next);
  }];
}
