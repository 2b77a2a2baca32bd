import type { Session } from '@lastgood/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, type ReactNode } from 'react';
import { call, keepCsrf } from '../api/call.js';
import { sessionQuery } from '../api/queries.js';
import { Failed, Loading } from '../parts/states.js';
import { SignIn } from './sign-in.js';

interface SessionValue {
  session: Session;
  /** Whether the role may do it; the gateway decides, this only hides what would be refused. */
  may: (permission: string) => boolean;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<SessionValue | null>(null);

/** Shows its children to whoever is signed in, the sign-in to everybody else. */
export function SessionGate({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const { data: session, error, refetch, isPending } = useQuery(sessionQuery);
  keepCsrf(session?.csrf ?? null);
  useEffect(() => {
    if (session) return;
    // Nothing of the one who left may be seen by the next.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  }, [session, client]);
  if (isPending) return <main className="lonely"><h1 className="hidden-title">Lastgood</h1><Loading /></main>;
  if (error && !session) return <main className="lonely"><h1 className="hidden-title">Lastgood</h1><Failed error={error} retry={() => void refetch()} /></main>;
  if (!session) return <SignIn onSignedIn={(next) => client.setQueryData(sessionQuery.queryKey, next)} />;
  const signOut = async (): Promise<void> => {
    await call('session_signOut', {}).catch(() => undefined);
    client.setQueryData(sessionQuery.queryKey, null);
  };
  return <SessionContext value={{ session, may: (permission) => session.permissions.includes(permission), signOut }}>{children}</SessionContext>;
}

export function useSession(): SessionValue {
  const value = useContext(SessionContext);
  if (!value) throw new Error('a session is used outside of its gate');
  return value;
}
