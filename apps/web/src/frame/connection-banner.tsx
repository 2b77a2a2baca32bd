import type { ReactNode } from 'react';
import { useConnectionLost } from '../api/connection.js';
import { Icon } from '../parts/icon.js';
import { useWords } from '../words/words-context.js';

/** Says that the gateway is away; goes by itself. */
export function ConnectionBanner(): ReactNode {
  const { t } = useWords();
  const lost = useConnectionLost();
  return <div role="status">{lost && <p className="banner"><Icon name="alert" /> {t.connectionLost} {t.connectionLostHow}</p>}</div>;
}
