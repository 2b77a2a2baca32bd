import type { ReactNode } from 'react';
import { withoutTurns } from './turns.js';

/** A text that others wrote, whatever it holds; it turns nothing around, neither in itself nor beside it. */
export function AnyText({ text }: { text: string | null | undefined }): ReactNode {
  return <bdi>{text === null || text === undefined ? null : withoutTurns(text)}</bdi>;
}
