import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import { addressOf } from '../api/call.js';
import { problemOf } from '../api/problem.js';
import { countQuery, searchQuery, type SearchValues } from '../api/queries.js';
import { DATASETS, type Items, type SearchAnswer, type SearchedDataset } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { Answer, Empty } from '../parts/states.js';
import { useSession } from '../session/session-context.js';
import { useSettled } from '../time/use-settled.js';
import { useWords } from '../words/words-context.js';
import { LiveLookUp } from './live-look-up.js';
import { openedIn, type SearchState } from './search-state.js';
import { SourceResults } from './source-results.js';

const COUNT_PAUSE_MS = 700;

interface ResultsProps {
  district: string;
  state: SearchState;
  snapshots: string;
  ready: boolean;
  /** Sources without a snapshot whose live system may be asked. */
  live: readonly string[];
  filters: ReactNode;
  onChoose: (what: SearchedDataset) => void;
  onOpen: (dataset: SearchedDataset, sourcedId: string) => void;
}

/** Hits of all three kinds as tabs; sources stand side by side. */
export function Results({ district, state, snapshots, ready, live, filters, onChoose, onOpen }: ResultsProps): ReactNode {
  const { t } = useWords();
  const what = state.what ?? 'students';
  const values: SearchValues = { q: state.q ?? '', source: state.source, school: state.school, grade: what === 'parents' ? undefined : state.grade, role: what === 'parents' ? state.role : undefined };
  return (
    <Tabs selectedKey={what} onSelectionChange={(key) => onChoose(key as SearchedDataset)}>
      <div className="results-top">
        <TabList className="tabs" aria-label={t.searchFor}>
          {DATASETS.map((dataset) => <Tab id={dataset} key={dataset} className="tab">{t[dataset]} {dataset === what
            ? <ShownCount district={district} dataset={dataset} values={values} snapshots={snapshots} ready={ready} />
            : <OtherCount district={district} dataset={dataset} q={values.q} source={values.source} snapshots={snapshots} ready={ready} />}</Tab>)}
        </TabList>
        {filters}
      </div>
      <TabPanel key={what} id={what} className="tab-panel">
        <Hits district={district} dataset={what} values={values} snapshots={snapshots} ready={ready} live={live} opened={openedIn(state)?.sourcedId ?? null} onOpen={(sourcedId) => onOpen(what, sourcedId)} />
      </TabPanel>
    </Tabs>
  );
}

interface HitsProps {
  district: string;
  dataset: SearchedDataset;
  values: SearchValues;
  snapshots: string;
  ready: boolean;
}

function ShownCount({ district, dataset, values, snapshots, ready }: HitsProps): ReactNode {
  const { data } = useQuery({ ...searchQuery(district, dataset, values, snapshots), enabled: ready });
  return data && values.q !== '' ? <HitCount counts={data.sources.map(({ count }) => count)} /> : null;
}

/** What another tab would show; asked for once the typing has come to rest, and not told of another text meanwhile. */
function OtherCount({ district, dataset, q, source, snapshots, ready }: Omit<HitsProps, 'values'> & { q: string; source: string | undefined }): ReactNode {
  const settled = useSettled(q, COUNT_PAUSE_MS);
  const { data, isPlaceholderData } = useQuery({ ...countQuery(district, dataset, { q: settled, source }, snapshots), enabled: ready && settled !== '' });
  return data && !isPlaceholderData && q !== '' && settled === q ? <HitCount counts={data} /> : null;
}

function HitCount({ counts }: { counts: readonly { value: number; capped: boolean }[] }): ReactNode {
  const { number } = useWords();
  return <span className="tab-count">{number(counts.reduce((sum, { value }) => sum + value, 0))}{counts.some(({ capped }) => capped) && '+'}</span>;
}

function Hits({ district, dataset, values, snapshots, ready, live, opened, onOpen }: HitsProps & { live: readonly string[]; opened: string | null; onOpen: (sourcedId: string) => void }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const asked = useQuery({ ...searchQuery(district, dataset, values, snapshots), enabled: ready });
  if (problemOf(asked.error)?.code === 'no_snapshot_yet' && !asked.data) {
    return (
      <>
        <Empty title={t.noSnapshotYet}><p>{may('refresh') ? t.noSnapshotYetHow : t.noSnapshotUntil}</p></Empty>
        {live.map((source) => <LiveLookUp key={source} district={district} source={source} dataset={dataset} q={values.q} />)}
      </>
    );
  }
  return (
    <Answer of={asked}>
      {(answer: SearchAnswer<Items[SearchedDataset]>) => (
        <>
          <div className={answer.sources.length > 1 ? 'sources sources-many' : 'sources'} data-stale={asked.isPlaceholderData || undefined}>
            {answer.sources.map((first) => (
              <section key={first.source} aria-label={first.source}>
                {answer.sources.length > 1 && <h2 className="source-title"><bdi>{first.source}</bdi></h2>}
                <SourceResults district={district} dataset={dataset} first={first} values={values} live={live.includes(first.source)} opened={opened} onOpen={onOpen} />
              </section>
            ))}
          </div>
          {answer.sources.some(({ items }) => items.length > 0) && (
            <p className="csv"><a href={addressOf(`people_${dataset}Csv` as const, { district, query: values })} download><Icon name="download" /> {t.downloadCsv}</a></p>
          )}
        </>
      )}
    </Answer>
  );
}
