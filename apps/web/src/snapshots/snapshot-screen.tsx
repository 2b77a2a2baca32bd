import type { SnapshotDetail } from '@lastgood/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { addressOf } from '../api/call.js';
import { pollOf, previewQuery, snapshotQuery, statusQuery } from '../api/queries.js';
import { useTitle } from '../frame/use-title.js';
import { Icon } from '../parts/icon.js';
import { Answer } from '../parts/states.js';
import { FindingList } from '../runs/findings.js';
import { useSession } from '../session/session-context.js';
import { exactTime, When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { Decision } from './decision.js';
import { HoldNotice } from './hold-notice.js';
import { PreviewTables } from './preview-tables.js';
import { size } from './size.js';
import { StateChip } from './state-chip.js';

/** One snapshot: what it holds, its files, and what can be decided about it. */
export function SnapshotScreen(): ReactNode {
  const { t } = useWords();
  const { district, snapshot } = useParams({ from: '/$district/snapshots/$snapshot' });
  const asked = useQuery({ ...snapshotQuery(district, snapshot), refetchInterval: pollOf });
  useTitle(t.snapshot);
  return (
    <>
      <p className="crumb"><Link to="/$district/snapshots" params={{ district }}>{t.snapshots}</Link></p>
      {!asked.data && <h1 className="hidden-title">{t.snapshot}</h1>}
      <Answer of={asked}>{(detail) => <Snapshot district={district} detail={detail} />}</Answer>
    </>
  );
}

function Snapshot({ district, detail }: { district: string; detail: SnapshotDetail }): ReactNode {
  const { t, language } = useWords();
  const status = useQuery(statusQuery(district));
  const source = status.data?.sources.find((one) => one.source === detail.source);
  return (
    <>
      <div className="screen-top">
        <h1>{t.snapshotOf(detail.source)} <StateChip item={detail} /></h1>
        {detail.state === 'published' && <Decision district={district} snapshot={detail.snapshot_id} verb="rollback" explains={t.rollbackHow} />}
      </div>
      {detail.state === 'current' && source?.onHold && <HoldNotice district={district} source={source} />}
      <dl className="fields">
        <div><dt>{t.made}</dt><dd>{exactTime(detail.created_at, language)} (<When at={detail.created_at} />)</dd></div>
        <div><dt>{t.size}</dt><dd>{size(detail.size_bytes, language)}</dd></div>
        <div><dt>{t.run}</dt><dd><Link to="/$district/runs/$run" params={{ district, run: detail.snapshot_id.split('-')[1] ?? '' }}><code>{detail.snapshot_id.split('-')[1]}</code></Link></dd></div>
        <div><dt>{t.snapshot}</dt><dd><code>{detail.snapshot_id}</code></dd></div>
        {detail.missing.length > 0 && <div><dt>{t.missing}</dt><dd>{detail.missing.join(', ')}</dd></div>}
      </dl>
      {detail.state === 'held' && <Held district={district} detail={detail} />}
      {detail.state !== 'held' && detail.findings.length > 0 && <><h2>{t.findings}</h2><FindingList findings={detail.findings} /></>}
      <Files district={district} detail={detail} />
    </>
  );
}

function Held({ district, detail }: { district: string; detail: SnapshotDetail }): ReactNode {
  const { t } = useWords();
  const preview = useQuery(previewQuery(district, detail.snapshot_id));
  return (
    <section className="held" aria-label={t.heldTitle}>
      <h2>{t.heldTitle}</h2>
      <p>{t.heldWhy}</p>
      <FindingList findings={detail.findings} />
      <h3>{t.preview}</h3>
      <Answer of={preview}>{(found) => <PreviewTables preview={found} />}</Answer>
      <div className="decisions">
        <Decision district={district} snapshot={detail.snapshot_id} verb="approve" explains={t.approveHow} previewed={preview.data?.log_head} waitsFor={preview.data ? undefined : t.approveAfterPreview} />
        <Decision district={district} snapshot={detail.snapshot_id} verb="reject" explains={t.rejectHow} previewed={preview.data?.log_head ?? detail.log_head} />
      </div>
    </section>
  );
}

function Files({ district, detail }: { district: string; detail: SnapshotDetail }): ReactNode {
  const { t, number, language } = useWords();
  const { may } = useSession();
  if (detail.files.length === 0) return null;
  return (
    <>
      <h2>{t.files}</h2>
      <div className="table-frame" tabIndex={0} role="region" aria-label={t.files}>
        <table className="table">
          <thead><tr><th scope="col">{t.file}</th><th scope="col" className="numeric">{t.rows}</th><th scope="col" className="numeric">{t.size}</th><th scope="col">SHA-256</th></tr></thead>
          <tbody>
            {detail.files.map((file) => (
              <tr key={file.name}>
                <th scope="row">{may('read-record') ? <a href={addressOf('snapshots_file', { district, snapshot: detail.snapshot_id, name: file.name })} download={file.name}><Icon name="download" /> {file.name}</a> : file.name}</th>
                <td className="numeric">{file.rows === null ? '–' : number(file.rows)}</td>
                <td className="numeric">{size(file.size_bytes, language)}</td>
                <td><code title={file.sha256}>{file.sha256.slice(0, 12)}…</code></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
