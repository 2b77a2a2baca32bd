import type { LiveClassesAnswer, LivePeopleAnswer } from '@lastgood/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { GridList, GridListItem } from 'react-aria-components/GridList';
import { LIVE_SEARCHES } from '../api/live-calls.js';
import type { LiveItems, SearchedDataset } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { Empty, Failed } from '../parts/states.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { LiveDetail } from './live-detail.js';
import { LiveRow, nameOfLive } from './live-row.js';

export interface LiveLookUpProps {
  district: string;
  source: string;
  dataset: SearchedDataset;
  q: string;
}

/** Asks the live system of a source without a snapshot, when somebody presses for it: never while they type. What it answers is kept by nobody and goes with the text. */
export function LiveLookUp({ district, source, dataset, q }: LiveLookUpProps): ReactNode {
  const { t } = useWords();
  const text = q.trim();
  const asking = useMutation({
    mutationFn: (asked: { dataset: SearchedDataset; q: string }) => LIVE_SEARCHES[asked.dataset]({ district, source }, asked.q),
    gcTime: 0,
  });
  const isOfThis = asking.variables?.q === text && asking.variables.dataset === dataset;
  return (
    <section className="live" aria-label={t.live}>
      <p className="quiet">{t.lookUpLiveHow} {text === '' && t.lookUpLiveType}</p>
      <Button className="button" isDisabled={text === '' || (isOfThis && asking.isPending)} onPress={() => asking.mutate({ dataset, q: text })}>
        <Icon name={isOfThis && asking.isPending ? 'spinner' : 'search'} spin={isOfThis && asking.isPending} /> {t.lookUpLive}
      </Button>
      {isOfThis && asking.isError && <Failed error={asking.error} />}
      {isOfThis && asking.data && <LiveResults key={asking.data.at} district={district} dataset={dataset} answer={asking.data} />}
    </section>
  );
}

function LiveResults({ district, dataset, answer: { source, at, items, more, unreadable } }: { district: string; dataset: SearchedDataset; answer: LivePeopleAnswer | LiveClassesAnswer }): ReactNode {
  const { t } = useWords();
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <>
      <div className="notice live-note" role="status">
        <span className="chip chip-live"><Icon name="alert" /> {t.live}</span> {t.liveNote(source)} <When at={at} />
      </div>
      {items.length === 0 ? <Empty title={t.nothingFound}><p>{t.liveNothing}</p></Empty> : (
        <GridList className="results" aria-label={t.liveResultsOf(source)} items={items.map((item: LiveItems[SearchedDataset]) => ({ ...item, id: item.sourcedId }))} dependencies={[opened]} onAction={(key) => setOpened(String(key))} keyboardNavigationBehavior="tab">
          {(item) => (
            <GridListItem textValue={nameOfLive(dataset, item)} className={item.sourcedId === opened ? 'result result-open' : 'result'}>
              <LiveRow dataset={dataset} item={item} />
              <span className="chip chip-live">{t.live}</span>
            </GridListItem>
          )}
        </GridList>
      )}
      {more && <p className="quiet">{t.liveMore}</p>}
      {unreadable > 0 && <p className="quiet">{t.liveUnreadable(unreadable)}</p>}
      {opened !== null && <LiveDetail key={opened} district={district} source={source} dataset={dataset} sourcedId={opened} onClose={() => setOpened(null)} />}
    </>
  );
}
