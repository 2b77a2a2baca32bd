import { createContext, useContext, type ReactNode } from 'react';
import { withoutTurns } from '../parts/turns.js';
import { splitByMatches } from './matches.js';

const LONGEST_SHOWN = 300;

/** The words that are searched for. */
export const SearchedWords = createContext<readonly string[]>([]);

/** Whether parts inside of words count as well: of what was found by something similar. */
export const MarkedInside = createContext(false);

/** A text of a record, whatever it holds, with what was searched for marked. */
export function Marked({ text }: { text: string | null | undefined }): ReactNode {
  const words = useContext(SearchedWords);
  const inside = useContext(MarkedInside);
  if (text === null || text === undefined || text === '') return null;
  const shown = withoutTurns(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
  return <bdi>{splitByMatches(shown, words, inside).map((piece, index) => (piece.hit ? <mark key={index}>{piece.text}</mark> : piece.text))}</bdi>;
}
