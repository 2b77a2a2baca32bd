import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { LIVE_RECORDS } from '../api/live-calls.js';
import type { SearchedDataset } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { Answer } from '../parts/states.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { DetailFields } from './detail-fields.js';
import { nameOfLive } from './live-row.js';
import { Marked } from './marked.js';
import { RawRecord } from './raw-record.js';

interface LiveDetailProps {
  district: string;
  source: string;
  dataset: SearchedDataset;
  sourcedId: string;
  onClose: () => void;
}

/** One record as the live system has it; asked for once. */
export function LiveDetail({ district, source, dataset, sourcedId, onClose }: LiveDetailProps): ReactNode {
  const { t } = useWords();
  const asked = useQuery({
    queryKey: ['live', district, source, dataset, sourcedId],
    queryFn: ({ signal }) => LIVE_RECORDS[dataset]({ district, source, sourcedId }, signal),
    retry: false, staleTime: Infinity, gcTime: 0,
  });
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section className="detail live-detail" aria-label={`${t.detail}: ${t.live}`} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className="detail-top">
        <h2 ref={title} tabIndex={-1}>{asked.data ? <Marked text={nameOfLive(dataset, asked.data.item)} /> : t.detail}</h2>
        <Button className="button button-plain" aria-label={t.close} onPress={onClose}><Icon name="cross" /></Button>
      </div>
      <Answer of={asked}>
        {({ at, item }) => (
          <>
            <p className="detail-source"><span className="chip chip-live">{t.live}</span> <bdi>{source}</bdi> · <When at={at} /></p>
            <DetailFields dataset={dataset} item={item} />
            <RawRecord item={item} />
          </>
        )}
      </Answer>
    </section>
  );
}
