import type { ReactNode } from 'react';

const PATHS = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 7v5l3.5 2M12 3a9 9 0 100 18 9 9 0 000-18z',
  alert: 'M12 8v5m0 3.2v.1M10.3 4.2L2.7 17.4A2 2 0 004.4 20.400h15.2a2 2 0 001.7-3L13.700 4.200a2 2 0 00-3.400 0z',
  cross: 'M6 6l12 12M18 6L6 18',
  search: 'M10.500 4a6.500 6.500 0 100 13 6.500 6.500 0 000-13zM20 20l-4.700-4.700',
  refresh: 'M20 11a8 8 0 00-14.500-4L3 9.500M3 4.500v5h5M4 13a8 8 0 0014.500 4l2.500-2.500M21 19.500v-5h-5',
  spinner: 'M12 3a9 9 0 019 9',
  plus: 'M12 5v14M5 12h14',
  pause: 'M9 5v14M15 5v14',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M4.900 4.900l1.400 1.400M17.700 17.700l1.400 1.400M2 12h2M20 12h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400',
  moon: 'M20 14.500A8.500 8.500 0 019.500 4a8.500 8.500 0 1010.500 10.500z',
  down: 'M6 9l6 6 6-6',
  download: 'M12 4v11m-4.500-4.500L12 15l4.500-4.500M5 20h14',
  people: 'M9 11a3.500 3.500 0 100-7 3.500 3.500 0 000 7zM2.500 20a6.500 6.500 0 0113 0M16 4.300a3.500 3.500 0 010 6.400M18 14.500a6.500 6.500 0 013.500 5.500',
  back: 'M15 5l-7 7 7 7',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words that say the same; screen readers pass it over. */
export function Icon({ name, spin = false }: { name: IconName; spin?: boolean }): ReactNode {
  return (
    <svg className={spin ? 'icon icon-spin' : 'icon'} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
