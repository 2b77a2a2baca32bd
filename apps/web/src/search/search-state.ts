import { DATASETS, type SearchedDataset } from '../api/shapes.js';

/** What the address holds of a search. */
export interface SearchState {
  q?: string;
  what?: SearchedDataset;
  source?: string;
  school?: string;
  grade?: string;
  role?: string;
  /** `students:sourcedId` of the detail that is open. */
  open?: string;
}

const NAMES = ['q', 'source', 'school', 'grade', 'role', 'open'] as const;

/** Reads an address; what is not known is left out. */
export function readSearchState(given: Record<string, unknown>): SearchState {
  const what = DATASETS.find((dataset) => dataset === given.what);
  const texts = NAMES.flatMap((name) => (typeof given[name] === 'string' && given[name] !== '' ? [[name, (given[name] as string).slice(0, 300)]] : []));
  return { ...Object.fromEntries(texts) as SearchState, ...(what ? { what } : {}) };
}

/** The dataset and id that `open` names, or null. */
export function openedIn({ open }: SearchState): { dataset: SearchedDataset; sourcedId: string } | null {
  if (open === undefined) return null;
  const colon = open.indexOf(':');
  const dataset = DATASETS.find((one) => one === open.slice(0, colon));
  return dataset && colon < open.length - 1 ? { dataset, sourcedId: open.slice(colon + 1) } : null;
}
