import { useEffect } from 'react';

/** Names the window after the screen. */
export function useTitle(screen: string): void {
  useEffect(() => {
    document.title = `${screen} · Lastgood`;
  }, [screen]);
}
