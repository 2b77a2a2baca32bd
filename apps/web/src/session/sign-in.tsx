import type { Session, SignInBody } from '@lastgood/contracts';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Form } from 'react-aria-components/Form';
import { call } from '../api/call.js';
import { problemOf } from '../api/problem.js';
import { duration } from '../time/relative.js';
import { Preferences } from '../frame/preferences.js';
import { Field } from '../parts/field.js';
import { Loading } from '../parts/states.js';
import { useWords } from '../words/words-context.js';

/** Takes the one-time token out of the address, so that it stays in no history. */
function takeLink(): string | null {
  if (location.pathname !== '/sign-in' || location.hash.length < 2) return null;
  const link = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, '', '/');
  return link;
}

/** Signs in with a key, or by itself where the address carries a one-time link. */
export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }): ReactNode {
  const { t } = useWords();
  const [key, setKey] = useState('');
  const signIn = useMutation({ mutationFn: (body: SignInBody) => call('session_signIn', { body }), onSuccess: onSignedIn });
  const tried = useRef(false);
  useEffect(() => {
    if (tried.current) return;
    tried.current = true;
    const link = takeLink();
    if (link !== null) signIn.mutate({ link });
  }, [signIn]);
  const byLink = signIn.variables !== undefined && 'link' in signIn.variables;
  if (signIn.isPending && byLink) return <main className="lonely"><h1 className="hidden-title">{t.signIn}</h1><Loading /></main>;
  return (
    <main className="lonely">
      <div className="sign-in">
        <p className="brand brand-large"><img src="/icon.svg" alt="" width="36" height="36" /> Lastgood</p>
        <h1>{t.signIn}</h1>
        <p className="quiet">{t.signInHow}</p>
        <Form onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate({ key: key.trim() });
        }}>
          <Field label={t.key} value={key} onChange={setKey} type="password" autoFocus hint={t.keyHint} maxLength={512} autoComplete="current-password" />
          {signIn.isError && <p className="field-error" role="alert">{refusal(signIn.error, byLink, t)}</p>}
          <Button type="submit" className="button button-primary button-wide" isDisabled={signIn.isPending || key.trim() === ''}>{t.signIn}</Button>
        </Form>
      </div>
      <Preferences />
    </main>
  );
}

function refusal(error: unknown, byLink: boolean, t: ReturnType<typeof useWords>['t']): string {
  const problem = problemOf(error);
  if (problem === null) return t.connectionLost;
  if (problem.status === 429) return t.signInWait(duration(problem.retryAfterSeconds ?? 60));
  if (problem.status === 401 || problem.status === 403 || problem.status === 400) return byLink ? t.linkRefused : t.keyRefused;
  return problem.detail;
}
