import type { ClassDetail, LinkedPerson, ParentDetail, StudentDetail } from '@lastgood/contracts';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { detailQuery } from '../api/queries.js';
import type { Details, SearchedDataset } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { AnyText } from '../parts/any-text.js';
import { Answer } from '../parts/states.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import { DetailFields } from './detail-fields.js';
import { Marked } from './marked.js';
import { dotted, fullName } from './names.js';
import { RawRecord } from './raw-record.js';

interface DetailPanelProps {
  district: string;
  dataset: SearchedDataset;
  sourcedId: string;
  snapshots: string;
  onOpen: (dataset: SearchedDataset, sourcedId: string) => void;
  onClose: () => void;
}

/** Everything that is known of one person or class, per source that knows it. */
export function DetailPanel({ district, dataset, sourcedId, snapshots, onOpen, onClose }: DetailPanelProps): ReactNode {
  const { t } = useWords();
  const asked = useQuery(detailQuery(district, dataset, sourcedId, snapshots));
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [dataset, sourcedId]);
  return (
    <aside className="detail" aria-label={t.detail} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className="detail-top">
        <h2 ref={title} tabIndex={-1}>{asked.data ? <Title dataset={dataset} item={asked.data.sources[0]?.item} /> : t.detail}</h2>
        <Button className="button button-plain" aria-label={t.close} onPress={onClose}><Icon name="cross" /></Button>
      </div>
      <Answer of={asked}>
        {({ sources }) => sources.map(({ source, snapshot, item }) => (
          <section key={source} aria-label={`${t.detail}: ${source}`}>
            <p className="detail-source"><span className="chip"><bdi>{source}</bdi></span> {t.asOf} <When at={snapshot.createdAt} />{snapshot.status === 'partial' && ` · ${t.partialWithout(snapshot.missing.join(', '))}`}</p>
            <DetailFields dataset={dataset} item={item} />
            <Links dataset={dataset} item={item} onOpen={onOpen} />
            <RawRecord item={item} />
          </section>
        ))}
      </Answer>
    </aside>
  );
}

function Title({ dataset, item }: { dataset: SearchedDataset; item: Details[SearchedDataset] | undefined }): ReactNode {
  if (!item) return null;
  return <Marked text={dataset === 'classes' ? (item as ClassDetail).title ?? item.sourcedId : fullName(item as StudentDetail)} />;
}

function Links({ dataset, item, onOpen }: { dataset: SearchedDataset; item: Details[SearchedDataset]; onOpen: DetailPanelProps['onOpen'] }): ReactNode {
  const { t } = useWords();
  if (dataset === 'parents') {
    const { children } = item as ParentDetail;
    return <People title={t.children} none={t.noChildren} people={children} onOpen={(id) => onOpen('students', id)} />;
  }
  if (dataset === 'students') {
    const { guardians, classes } = item as StudentDetail;
    return (
      <>
        <People title={t.guardians} none={t.noGuardians} people={guardians} onOpen={(id) => onOpen('parents', id)} />
        <h3>{t.classes}</h3>
        {classes.length === 0 ? <p className="quiet">{t.noClasses}</p> : (
          <ul className="links">
            {classes.map((one) => <li key={one.sourcedId}><Button className="link-row" onPress={() => onOpen('classes', one.sourcedId)}><Marked text={one.title ?? one.sourcedId} /> <span className="quiet"><Marked text={one.classCode} /></span></Button></li>)}
          </ul>
        )}
      </>
    );
  }
  const { roster } = item as ClassDetail;
  return (
    <>
      <h3>{t.roster}</h3>
      {roster.length === 0 ? <p className="quiet">{t.noRoster}</p> : (
        <ul className="links">
          {roster.slice(0, 500).map((one) => (
            <li key={`${one.sourcedId} ${one.role}`}>
              {one.role === 'student'
                ? <Button className="link-row" onPress={() => onOpen('students', one.sourcedId)}><Marked text={fullName(one)} /> <span className="quiet"><Marked text={one.grades.join(', ')} /></span></Button>
                : <span className="link-row"><Marked text={fullName(one)} /> <span className="chip">{t.roleNames[one.role] ?? <AnyText text={one.role} />}</span></span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function People({ title, none, people, onOpen }: { title: string; none: string; people: readonly LinkedPerson[]; onOpen: (sourcedId: string) => void }): ReactNode {
  const { t } = useWords();
  return (
    <>
      <h3>{title}</h3>
      {people.length === 0 ? <p className="quiet">{none}</p> : (
        <ul className="links">
          {people.map((person) => (
            <li key={person.sourcedId}>
              <Button className="link-row" onPress={() => onOpen(person.sourcedId)}>
                <Marked text={fullName(person)} />
                <span className="quiet"><Marked text={dotted([person.roles.map((role) => t.roleNames[role] ?? role).join(', '), person.grades.length > 0 ? `${t.gradeShort} ${person.grades.join(', ')}` : null, person.phone, person.email, person.identifier])} /></span>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
