import type { LiveClass, LivePerson } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import type { LiveItems, SearchedDataset } from '../api/shapes.js';
import { AnyText } from '../parts/any-text.js';
import { withoutTurns } from '../parts/turns.js';
import { useWords } from '../words/words-context.js';
import { Marked } from './marked.js';
import { dotted, listName } from './names.js';

/** Words that name what the live system found to whoever only hears it. */
export function nameOfLive(dataset: SearchedDataset, item: LiveItems[SearchedDataset]): string {
  return withoutTurns(dataset === 'classes' ? (item as LiveClass).title ?? item.sourcedId : listName(item as LivePerson));
}

/** What the live system found, in a list; schools only by their ids. */
export function LiveRow({ dataset, item }: { dataset: SearchedDataset; item: LiveItems[SearchedDataset] }): ReactNode {
  const { t } = useWords();
  const facts = dataset === 'classes' ? factsOfClass(item as LiveClass, t.period) : factsOfPerson(item as LivePerson);
  return (
    <>
      <div className="row-main">
        <span className="row-name"><Marked text={nameOfLive(dataset, item)} /></span>
        {item.grades.length > 0 && <span className="row-facts"><span className="chip">{t.gradeShort} <AnyText text={item.grades.join(', ')} /></span></span>}
      </div>
      <div className="row-more"><Marked text={facts} /></div>
    </>
  );
}

const factsOfPerson = ({ identifier, email, username, phone, schools }: LivePerson): string => dotted([identifier, email ?? username, phone, schools.map(({ name, sourcedId }) => name ?? sourcedId).join(', ')]);
const factsOfClass = ({ classCode, periods, location }: LiveClass, period: string): string => dotted([classCode, periods.length > 0 ? `${period} ${periods.join(', ')}` : null, location]);
