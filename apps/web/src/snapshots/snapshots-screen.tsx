import type { SnapshotItem } from '@lastgood/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { snapshotsQuery, statusQuery } from '../api/queries.js';
import { recordsIn } from '../districts/badge.js';
import { useTitle } from '../frame/use-title.js';
import { Choice } from '../parts/choice.js';
import { ServiceText } from '../parts/service-text.js';
import { Answer, Empty } from '../parts/states.js';
import { useSession } from '../session/session-context.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { HoldNotice } from './hold-notice.js';
import { size } from './size.js';
import { Sparkline } from './sparkline.js';
import { StateChip } from './state-chip.js';

/** The history of a district's snapshots, newest first, failed attempts among them. */
export function SnapshotsScreen(): ReactNode {
  const { t } = useWords();
  const { district } = useParams({ from: '/$district/snapshots' });
  const { source } = useSearch({ from: '/$district/snapshots' });
  const navigate = useNavigate({ from: '/$district/snapshots' });
  const status = useQuery(statusQuery(district));
  const asked = useInfiniteQuery(snapshotsQuery(district, source));
  const { may } = useSession();
  const sources = status.data?.sources.map((one) => one.source) ?? [];
  useTitle(t.snapshots);
  return (
    <>
      <h1>{t.snapshots}</h1>
      {sources.length > 1 && <Choice label={t.source} all={t.allSources} value={source} options={sources.map((id) => ({ id, name: id }))} onChange={(next) => void navigate({ search: next === undefined ? {} : { source: next } })} />}
      {status.data?.sources.filter((one) => one.onHold && (source === undefined || one.source === source)).map((one) => <HoldNotice key={one.source} district={district} source={one} />)}
      <Answer of={asked}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Empty title={t.noSnapshotYet}><p>{t.noSnapshotUntil}</p>{may('refresh') && <Link to="/districts">{t.districts}</Link>}</Empty>;
          return (
            <>
              {pages[0]?.problems?.map((problem) => <p key={problem.source} className="notice"><bdi>{problem.source}</bdi>: <ServiceText code={problem.code} text={problem.detail} /></p>)}
              {(source === undefined ? sources : [source]).map((one) => <History key={one} source={one} items={items.filter((item) => item.source === one)} />)}
              <SnapshotTable district={district} items={items} />
              {asked.hasNextPage && <Button className="button button-wide" isDisabled={asked.isFetchingNextPage} onPress={() => void asked.fetchNextPage()}>{t.showMore}</Button>}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function History({ source, items }: { source: string; items: readonly SnapshotItem[] }): ReactNode {
  const { t, number, language } = useWords();
  const good = items.filter(({ status }) => status !== 'failed').toReversed();
  const newest = good.at(-1);
  if (good.length < 2 || !newest) return null;
  return (
    <div className="history">
      <strong><bdi>{source}</bdi></strong>
      <figure><Sparkline values={good.map(({ counts }) => recordsIn(counts))} label={t.sparklineOf(t.recordsName, good.length)} /><figcaption>{t.records(number(recordsIn(newest.counts)))}</figcaption></figure>
      <figure><Sparkline values={good.map(({ size_bytes }) => size_bytes)} label={t.sparklineOf(t.size, good.length)} /><figcaption>{size(newest.size_bytes, language)}</figcaption></figure>
    </div>
  );
}

function SnapshotTable({ district, items }: { district: string; items: readonly SnapshotItem[] }): ReactNode {
  const { t, number, language } = useWords();
  const count = (item: SnapshotItem, dataset: string): string => (item.counts[dataset] === undefined ? '–' : number(item.counts[dataset]));
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={t.snapshots}>
      <table className="table">
        <thead><tr><th scope="col">{t.made}</th><th scope="col">{t.source}</th><th scope="col">{t.state}</th><th scope="col" className="numeric">{t.students}</th><th scope="col" className="numeric">{t.parents}</th><th scope="col" className="numeric">{t.classes}</th><th scope="col" className="numeric">{t.size}</th><th scope="col" className="numeric">{t.findings}</th></tr></thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.snapshot_id}>
              <th scope="row"><Link to="/$district/snapshots/$snapshot" params={{ district, snapshot: item.snapshot_id }}><When at={item.created_at} /></Link></th>
              <td><bdi>{item.source}</bdi></td>
              <td><StateChip item={item} /></td>
              <td className="numeric">{count(item, 'students')}</td>
              <td className="numeric">{count(item, 'parents')}</td>
              <td className="numeric">{count(item, 'classes')}</td>
              <td className="numeric">{item.size_bytes === 0 ? '–' : size(item.size_bytes, language)}</td>
              <td className="numeric">{item.error_count === 0 ? '–' : number(item.error_count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
