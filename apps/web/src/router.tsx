import { useQuery } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from '@tanstack/react-router';
import { districtsQuery } from './api/queries.js';
import { Frame, useDistrict } from './frame/frame.js';
import { Answer, Empty, Failed, Loading } from './parts/states.js';
import { readSearchState } from './search/search-state.js';
import { useSession } from './session/session-context.js';
import { useWords } from './words/words-context.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

function NotFound() {
  const { t } = useWords();
  return <><h1 className="hidden-title">{t.notFound}</h1><Empty title={t.notFound}><p>{t.notFoundHow}</p></Empty></>;
}

function First() {
  const { t } = useWords();
  const district = useDistrict();
  const asked = useQuery(districtsQuery);
  const { may } = useSession();
  if (!may('read')) return <Navigate to="/districts" replace />;
  return (
    <>
      <h1 className="hidden-title">{t.search}</h1>
      <Answer of={asked}>{() => (district === undefined ? <Navigate to="/districts" replace /> : <Navigate to="/$district/search" params={{ district }} replace />)}</Answer>
    </>
  );
}

const at = <P extends string>(path: P) => ({ getParentRoute: () => root, path });
const ofSource = (given: Record<string, unknown>): { source?: string; held?: string } => ({ ...(text(given.source) ? { source: text(given.source) as string } : {}) });

const routes = root.addChildren([
  createRoute({ ...at('/'), component: First }),
  createRoute({ ...at('/sign-in'), component: First }),
  createRoute({ ...at('/$district/search'), validateSearch: readSearchState, component: lazyRouteComponent(() => import('./search/search-screen.js'), 'SearchScreen') }),
  createRoute({ ...at('/districts'), component: lazyRouteComponent(() => import('./districts/districts-screen.js'), 'DistrictsScreen') }),
  createRoute({ ...at('/$district/runs'), validateSearch: ofSource, component: lazyRouteComponent(() => import('./runs/runs-screen.js'), 'RunsScreen') }),
  createRoute({ ...at('/$district/runs/$run'), component: lazyRouteComponent(() => import('./runs/run-screen.js'), 'RunScreen') }),
  createRoute({ ...at('/$district/snapshots'), validateSearch: ofSource, component: lazyRouteComponent(() => import('./snapshots/snapshots-screen.js'), 'SnapshotsScreen') }),
  createRoute({ ...at('/$district/snapshots/$snapshot'), component: lazyRouteComponent(() => import('./snapshots/snapshot-screen.js'), 'SnapshotScreen') }),
  createRoute({ ...at('/keys'), component: lazyRouteComponent(() => import('./keys/keys-screen.js'), 'KeysScreen') }),
  createRoute({
    ...at('/audit'),
    validateSearch: (given: Record<string, unknown>): { district?: string; actor?: string; action?: string; from?: string; to?: string } =>
      Object.fromEntries(['district', 'actor', 'action', 'from', 'to'].flatMap((name) => (text(given[name]) ? [[name, text(given[name])]] : []))),
    component: lazyRouteComponent(() => import('./audit/audit-screen.js'), 'AuditScreen'),
  }),
]);

// Values of a search stay as they were typed: 0123 is no number.
const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));
const stringifySearch = (values: Record<string, unknown>): string => {
  const query = new URLSearchParams(Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' && value !== '' ? [[name, value]] : []))).toString();
  return query === '' ? '' : `?${query}`;
};

export const router = createRouter({ routeTree: routes, parseSearch, stringifySearch, defaultPendingComponent: Loading, defaultErrorComponent: ({ error, reset }) => <Failed error={error} retry={reset} />, defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
