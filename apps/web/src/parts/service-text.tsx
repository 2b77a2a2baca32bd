import type { ReactNode } from 'react';
import { AnyText } from './any-text.js';
import { CAUSES_ES } from '../words/causes-es.js';
import { useWords } from '../words/words-context.js';

/** A text as a service says it, in English; on the Spanish page what its code means stands before it. */
export function ServiceText({ code, text }: { code?: string | undefined; text: string | undefined }): ReactNode {
  const { language } = useWords();
  const cause = language === 'es' && code !== undefined ? CAUSES_ES[code] : undefined;
  return <>{cause !== undefined && <>{cause} </>}<span className="any-text" lang="en"><AnyText text={text} /></span></>;
}
