import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { districtsQuery } from '../api/queries.js';
import { AnyText } from '../parts/any-text.js';
import { Choice } from '../parts/choice.js';
import { useSession } from '../session/session-context.js';
import { useWords } from '../words/words-context.js';
import { ConnectionBanner } from './connection-banner.js';
import { Preferences } from './preferences.js';
import { useSlash } from './use-slash.js';

const KEPT_AS = 'lastgood.district';

/** The district that the address names, else the one looked at last, else the first. */
export function useDistrict(): string | undefined {
  const { district } = useParams({ strict: false });
  const { data } = useQuery(districtsQuery);
  const kept = localStorage.getItem(KEPT_AS);
  return district ?? data?.items.find(({ id }) => id === kept)?.id ?? data?.items[0]?.id;
}

/** What stands around every screen. */
export function Frame(): ReactNode {
  const { t } = useWords();
  const district = useDistrict();
  const { may } = useSession();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useSlash(may('read') ? district : undefined);
  useEffect(() => {
    if (district !== undefined) localStorage.setItem(KEPT_AS, district);
  }, [district]);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <a className="skip" href="#content">{t.skip}</a>
      <header className="top">
        <Link to="/" className="brand"><img src="/icon.svg" alt="" width="26" height="26" /> Lastgood</Link>
        <Navigation district={district} />
        <Account district={district} />
      </header>
      <ConnectionBanner />
      <main id="content" className="content" tabIndex={-1}><Outlet /></main>
    </>
  );
}

function Navigation({ district }: { district: string | undefined }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  return (
    <nav className="nav" aria-label={t.navigation}>
      {district !== undefined && may('read') && <Link to="/$district/search" params={{ district }}>{t.search}</Link>}
      <Link to="/districts">{t.districts}</Link>
      {district !== undefined && <Link to="/$district/runs" params={{ district }}>{t.runs}</Link>}
      {district !== undefined && <Link to="/$district/snapshots" params={{ district }}>{t.snapshots}</Link>}
      {may('administer') && <Link to="/keys">{t.keys}</Link>}
      {may('audit') && <Link to="/audit">{t.audit}</Link>}
    </nav>
  );
}

function Account({ district }: { district: string | undefined }): ReactNode {
  const { t } = useWords();
  const { session, signOut } = useSession();
  const { data } = useQuery(districtsQuery);
  const navigate = useNavigate();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const change = (next: string | undefined): void => {
    if (next === undefined) return;
    const screen = /^\/[^/]+\/(search|runs|snapshots)/.exec(path)?.[1] ?? 'search';
    void navigate({ to: `/$district/${screen}` as '/$district/search', params: { district: next } });
  };
  return (
    <div className="account">
      {data && data.items.length > 1 && district !== undefined && (
        <Choice label={t.district} value={district} options={data.items} onChange={change} />
      )}
      <Preferences />
      <span className="who" title={t.roles[session.role] ?? session.role}><AnyText text={session.name} /></span>
      <Button className="button button-plain" onPress={() => void signOut()}>{t.signOut}</Button>
    </div>
  );
}
