import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, type ReactNode } from 'react';
import { statusQuery } from '../api/queries.js';
import type { SearchedDataset } from '../api/shapes.js';
import { SourceBadges } from '../districts/source-badges.js';
import { useSession } from '../session/session-context.js';
import { useTitle } from '../frame/use-title.js';
import { useWords } from '../words/words-context.js';
import { DetailPanel } from './detail-panel.js';
import { Filters } from './filters.js';
import { SearchedWords } from './marked.js';
import { wordsOf } from './matches.js';
import { Results } from './results.js';
import { SearchBox } from './search-box.js';
import { openedIn, type SearchState } from './search-state.js';

/** Finds students, parents and classes while one types. The address holds everything that was chosen. */
export function SearchScreen(): ReactNode {
  const { t } = useWords();
  const { district } = useParams({ from: '/$district/search' });
  const state = useSearch({ from: '/$district/search' });
  const status = useQuery(statusQuery(district));
  const change = useChange();
  useTitle(t.search);
  const words = useMemo(() => wordsOf(state.q ?? ''), [state.q]);
  const sources = status.data?.sources.map(({ source }) => source) ?? [];
  // A new snapshot is a new question.
  const snapshots = (status.data?.sources ?? []).map(({ current }) => current?.id ?? '').join();
  const { may } = useSession();
  const live = may('look-up-live') ? (status.data?.sources ?? []).filter(({ source, current, problem, liveLookUp }) => liveLookUp && current === null && !problem && (state.source ?? source) === source).map(({ source }) => source) : [];
  const opened = openedIn(state);
  const type = useCallback((q: string) => change({ q: q === '' ? undefined : q }, true), [change]);
  const open = useCallback((dataset: SearchedDataset, sourcedId: string) => change({ open: `${dataset}:${sourcedId}` }), [change]);
  return (
    <SearchedWords value={words}>
      <h1 className="hidden-title">{t.search}</h1>
      <SearchBox value={state.q ?? ''} onChange={type} />
      <SourceBadges district={district} asked={status} only={state.source} />
      <div className={opened ? 'search search-opened' : 'search'}>
        <div className="search-list">
          <Results
            district={district} state={state} snapshots={snapshots} ready={!status.isPending} live={live}
            filters={<Filters district={district} snapshots={snapshots} sources={sources} state={state} change={change} />}
            onChoose={(what) => change({ what, school: state.school, grade: what === 'parents' ? undefined : state.grade, role: what === 'parents' ? state.role : undefined })}
            onOpen={open}
          />
        </div>
        {opened && <DetailPanel district={district} {...opened} snapshots={snapshots} onOpen={open} onClose={() => change({ open: undefined })} />}
      </div>
    </SearchedWords>
  );
}

/** Changes the address; typing replaces its entry, choosing adds one to go back to. */
function useChange(): (next: Partial<Record<keyof SearchState, string | undefined>>, replace?: boolean) => void {
  const navigate = useNavigate({ from: '/$district/search' });
  const router = useRouter();
  return useCallback((next, replace = false) => {
    // Who left for a screen that is still on its way is not called back by the last letter typed.
    const { latestLocation: wanted, state: { resolvedLocation: shown } } = router;
    if (shown !== undefined && shown.pathname !== wanted.pathname) return;
    void navigate({
      replace,
      resetScroll: false,
      search: (now: SearchState) => Object.fromEntries(Object.entries({ ...now, ...next }).filter(([, value]) => value !== undefined)) as SearchState,
    });
  }, [navigate, router]);
}

