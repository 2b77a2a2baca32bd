import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { GridList, GridListItem } from 'react-aria-components/GridList';
import { moreQuery, type SearchValues } from '../api/queries.js';
import type { Found, Items, SearchedDataset, SearchedSource } from '../api/shapes.js';
import { ServiceText } from '../parts/service-text.js';
import { Empty, Failed } from '../parts/states.js';
import { useWords } from '../words/words-context.js';
import { LiveLookUp } from './live-look-up.js';
import { MarkedInside } from './marked.js';
import { nameOfItem, ResultRow } from './result-rows.js';

interface SourceResultsProps {
  district: string;
  dataset: SearchedDataset;
  first: SearchedSource<Items[SearchedDataset]>;
  values: SearchValues;
  /** Whether its live system may be asked as long as it has no snapshot. */
  live: boolean;
  opened: string | null;
  onOpen: (sourcedId: string) => void;
}

/** What one source found: its first page, and as many more as were asked for. Arrows move, Enter opens. */
export function SourceResults({ district, dataset, first, values, live, opened, onOpen }: SourceResultsProps): ReactNode {
  const { t } = useWords();
  const more = useInfiniteQuery(moreQuery(district, dataset, first.source, values, first.nextCursor));
  if (first.problem) return <Empty title={t.sourceUnreadable}><p><ServiceText code={first.problem.code} text={first.problem.detail} /></p></Empty>;
  if (first.snapshot === null) return <><Empty title={t.noSnapshotYet} />{live && <LiveLookUp district={district} source={first.source} dataset={dataset} q={values.q} />}</>;
  const items = [...first.items, ...(more.data?.pages ?? []).flatMap((page) => page.sources[0]?.items ?? [])] as Found<Items[SearchedDataset]>[];
  if (items.length === 0) return <Empty title={t.nothingFound}><p>{t.nothingFoundHow}</p></Empty>;
  const hasMore = more.data ? more.hasNextPage : first.nextCursor !== null;
  return (
    <>
      <p className="count" role="status"><Count first={first} /></p>
      <GridList className="results" aria-label={t.resultsOf(first.source)} items={items} dependencies={[opened]} onAction={(key) => onOpen(String(key))} keyboardNavigationBehavior="tab">
        {(item) => (
          <GridListItem id={item.sourcedId} textValue={nameOfItem(dataset, item)} className={item.sourcedId === opened ? 'result result-open' : 'result'}>
            <MarkedInside value={item.match === 'similar'}><ResultRow dataset={dataset} item={item} /></MarkedInside>
            {item.match === 'similar' && <span className="chip chip-similar">{t.similar}</span>}
          </GridListItem>
        )}
      </GridList>
      {more.isError && <Failed error={more.error} />}
      {hasMore && <Button className="button button-wide" isDisabled={more.isFetching} onPress={() => void (more.data ? more.fetchNextPage() : more.refetch())}>{t.showMore}</Button>}
    </>
  );
}

function Count({ first: { count } }: { first: SearchedSource<unknown> }): ReactNode {
  const { t, number } = useWords();
  if (count.value === 0) return t.onlySimilar;
  return count.capped ? t.moreThan(number(count.value)) : t.found(number(count.value), count.value);
}
