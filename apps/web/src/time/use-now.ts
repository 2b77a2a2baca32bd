import { useEffect, useState } from 'react';
import { nowMs } from './system-clock.js';

/** The time, renewed every so many milliseconds while the component shows. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(nowMs);
  useEffect(() => {
    const timer = setInterval(() => setNow(nowMs()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
