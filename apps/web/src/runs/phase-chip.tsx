import type { RunPhase } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../parts/icon.js';
import { useWords } from '../words/words-context.js';

const ICONS: Partial<Record<RunPhase, IconName>> = { published: 'check', quarantined: 'pause', failed: 'alert', cancelled: 'cross' };

/** How a run stands or ended, in icon and words. */
export function PhaseChip({ phase }: { phase: RunPhase }): ReactNode {
  const { t } = useWords();
  const icon = ICONS[phase];
  return <span className={`chip phase-chip phase-${phase}`}><Icon name={icon ?? 'spinner'} spin={icon === undefined} /> {t.phases[phase]}</span>;
}
