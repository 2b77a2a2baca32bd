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
      <p>{problem ? <ServiceText code={problem.code} text={problem.detail} /> : error instanceof Unreachable ? t.connectionLost : t.unexpected}</p>
      {retry && <Button className="button" onPress={retry}>{t.tryAgain}</Button>}
    </div>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** The three states of an answer: on its way, failed, here. What is here stays while a later ask fails. */
export function Answer<T>({ of: { data, error, refetch }, children }: { of: Asked<T>; children: (data: NonNullable<T>) => ReactNode }): ReactNode {
  if (data !== undefined && data !== null) return children(data as NonNullable<T>);
  return error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />;
}
