import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import type { DistrictsAnswer } from '@lastgood/contracts';
import { districtsQuery, statusQuery } from '../api/queries.js';
import { useTitle } from '../frame/use-title.js';
import { Field } from '../parts/field.js';
import { ServiceText } from '../parts/service-text.js';
import { Answer, Empty } from '../parts/states.js';
import { useSession } from '../session/session-context.js';
import { useWords } from '../words/words-context.js';
import { SourceCard } from './source-card.js';

/** Each shown district asks for its status every so often. */
const SHOWN_AT_ONCE = 10;

/** The districts that may be seen, with every source of each. */
export function DistrictsScreen(): ReactNode {
  const { t } = useWords();
  const asked = useQuery(districtsQuery);
  useTitle(t.districts);
  return <><h1>{t.districts}</h1><Answer of={asked}>{({ items }) => <List districts={items} />}</Answer></>;
}

function List({ districts }: { districts: DistrictsAnswer['items'] }): ReactNode {
  const { t } = useWords();
  const [wanted, setWanted] = useState('');
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  if (districts.length === 0) return <Empty title={t.noDistricts}><p>{t.noDistrictsHow}</p></Empty>;
  const found = districts.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <>
      {districts.length > SHOWN_AT_ONCE && <Field label={t.findDistrict} value={wanted} onChange={setWanted} />}
      {found.slice(0, shown).map((district) => <District key={district.id} district={district} />)}
      {found.length === 0 && <Empty title={t.nothingFound} />}
      {found.length > shown && <Button className="button button-wide" onPress={() => setShown(shown + SHOWN_AT_ONCE)}>{t.showMore}</Button>}
    </>
  );
}

function District({ district: { id, name, timeZone } }: { district: DistrictsAnswer['items'][number] }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const asked = useQuery(statusQuery(id));
  return (
    <section className="district" aria-label={name}>
      <div className="district-top">
        <h2><bdi>{name}</bdi></h2> <span className="quiet">{id} · {timeZone}</span>
        {may('read') && <Link to="/$district/search" params={{ district: id }}>{t.search}</Link>}
        <Link to="/$district/snapshots" params={{ district: id }}>{t.snapshots}</Link>
      </div>
      <Answer of={asked}>
        {(status) => (
          <>
            {status.runsUnavailable !== null && <p className="notice" role="status">{t.runsUnavailable} <ServiceText text={status.runsUnavailable} /></p>}
            <div className="cards">{status.sources.map((source) => <SourceCard key={source.source} district={id} source={source} />)}</div>
          </>
        )}
      </Answer>
    </section>
  );
}
