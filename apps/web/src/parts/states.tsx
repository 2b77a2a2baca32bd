import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { problemOf, Unreachable } from '../api/problem.js';
import { useWords } from '../words/words-context.js';
import { Icon } from './icon.js';
import { ServiceText } from './service-text.js';

/** Shows while the first answer is on its way. */
export function Loading(): ReactNode {
  const { t } = useWords();
  return <p className="state" role="status"><Icon name="spinner" spin /> {t.loading}</p>;
}

/** There is nothing, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  return <div className="state"><p className="state-title">{title}</p>{children}</div>;
}

/** Says what went wrong in words, and offers to ask again where that may help. */
export function Failed({ error, retry }: { error: unknown; retry?: (() => void) | undefined }): ReactNode {
  const { t } = useWords();
  const problem = problemOf(error);
  if (problem?.status === 403) return <Empty title={t.noPermission}><p>{t.noPermissionHow}</p></Empty>;
  if (problem?.status === 404) return <Empty title={t.notFound}><p>{t.notFoundHow}</p></Empty>;
  return (
    <div className="state state-failed" role="alert">
      <p className="state-title"><Icon name="alert" /> {t.failed}</p>
      <p><Cause error={error} /></p>
      {retry && <Button className="button" onPress={retry}>{t.tryAgain}</Button>}
    </div>
  );
}

function Cause({ error }: { error: unknown }): ReactNode {
  const { t } = useWords();
  const problem = problemOf(error);
  if (problem) return <ServiceText code={problem.code} text={problem.detail} />;
  return error instanceof Unreachable ? t.connectionLost : t.unexpected;
}

/** Asks for everything on the screen anew that failed: one service that was away may have failed several parts. */
function useAskAgain(): () => void {
  const client = useQueryClient();
  return () => void client.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
}

/** What is refused or not there yet is told by the screen itself. */
function isTold(error: unknown): boolean {
  const problem = problemOf(error);
  return problem !== null && (problem.status === 403 || problem.status === 404 || problem.code === 'no_snapshot_yet');
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
}

/** The three states of an answer: on its way, failed, here. What is here stays while a later ask fails. */
export function Answer<T>({ of: { data, error }, children }: { of: Asked<T>; children: (data: NonNullable<T>) => ReactNode }): ReactNode {
  const askAgain = useAskAgain();
  if (data !== undefined && data !== null) return children(data as NonNullable<T>);
  return error ? <Failed error={error} retry={askAgain} /> : <Loading />;
}

/** Says in a line that a part of a screen is missing, because what it shows could not be had; the rest can be used. */
export function MissingPart({ of: { data, error }, name }: { of: Asked<unknown>; name: string }): ReactNode {
  const { t } = useWords();
  const askAgain = useAskAgain();
  if (data !== undefined || !error || isTold(error)) return null;
  return (
    <span className="failure-line" role="alert">
      {name}: <Cause error={error} />{' '}
      <Button className="button button-small" aria-label={`${t.tryAgain}: ${name}`} onPress={askAgain}>{t.tryAgain}</Button>
    </span>
  );
}
