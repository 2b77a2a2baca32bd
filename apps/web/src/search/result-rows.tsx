import type { ClassItem, LinkedPerson, ParentItem, StudentItem } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import type { Items, SearchedDataset } from '../api/shapes.js';
import { AnyText } from '../parts/any-text.js';
import { withoutTurns } from '../parts/turns.js';
import { useWords } from '../words/words-context.js';
import { Marked } from './marked.js';
import { dotted, fullName, listName } from './names.js';

/** What one hit shows in a list. */
export function ResultRow({ dataset, item }: { dataset: SearchedDataset; item: Items[SearchedDataset] }): ReactNode {
  if (dataset === 'students') return <StudentRow student={item as StudentItem} />;
  if (dataset === 'parents') return <ParentRow parent={item as ParentItem} />;
  return <ClassRow item={item as ClassItem} />;
}

/** Words that name one hit to whoever only hears it. */
export function nameOfItem(dataset: SearchedDataset, item: Items[SearchedDataset]): string {
  return withoutTurns(dataset === 'classes' ? (item as ClassItem).title ?? item.sourcedId : listName(item as StudentItem));
}

function StudentRow({ student }: { student: StudentItem }): ReactNode {
  const { t } = useWords();
  return (
    <>
      <div className="row-main">
        <span className="row-name"><Marked text={listName(student)} /></span>
        <span className="row-facts">
          {student.grades.length > 0 && <span className="chip">{t.gradeShort} <AnyText text={student.grades.join(', ')} /></span>}
          <Marked text={student.schools.map(({ name, sourcedId }) => name ?? sourcedId).join(', ')} />
        </span>
      </div>
      <div className="row-more"><Marked text={dotted([student.identifier, student.email ?? student.username, student.phone])} /></div>
      <People people={student.guardians} label={t.guardians} />
      {student.unresolvedGuardians > 0 && <div className="row-more">{t.unresolvedGuardians(student.unresolvedGuardians)}</div>}
    </>
  );
}

function ParentRow({ parent }: { parent: ParentItem }): ReactNode {
  const { t } = useWords();
  return (
    <>
      <div className="row-main">
        <span className="row-name"><Marked text={listName(parent)} /></span>
        <span className="row-facts">{parent.roles.map((role) => <span className="chip" key={role}>{t.roleNames[role] ?? <AnyText text={role} />}</span>)}</span>
      </div>
      <div className="row-more"><Marked text={dotted([parent.email ?? parent.username, parent.phone, parent.sms === parent.phone ? null : parent.sms])} /></div>
      <People people={parent.children} label={t.children} />
      {parent.unresolvedChildren > 0 && <div className="row-more">{t.unresolvedChildren(parent.unresolvedChildren)}</div>}
    </>
  );
}

function People({ people, label }: { people: readonly LinkedPerson[]; label: string }): ReactNode {
  const { t } = useWords();
  if (people.length === 0) return null;
  return (
    <div className="row-people">
      <span className="quiet">{label}</span>
      {people.slice(0, 4).map((person) => (
        <span key={person.sourcedId}><Marked text={fullName(person)} />{' '}
          <span className="quiet"><Marked text={dotted([person.grades.length > 0 ? `${t.gradeShort} ${person.grades.join(', ')}` : null, person.phone, person.email, person.identifier])} /></span>
        </span>
      ))}
      {people.length > 4 && <span className="quiet">{t.andMore(people.length - 4)}</span>}
    </div>
  );
}

function ClassRow({ item }: { item: ClassItem }): ReactNode {
  const { t, number } = useWords();
  return (
    <>
      <div className="row-main">
        <span className="row-name"><Marked text={item.title ?? item.sourcedId} /></span>
        <span className="row-facts"><span className="chip">{t.studentCount(number(item.students), item.students)}</span><Marked text={item.school?.name} /></span>
      </div>
      <div className="row-more"><Marked text={dotted([item.classCode, item.course?.title, item.periods.length > 0 ? `${t.period} ${item.periods.join(', ')}` : null, item.location])} /></div>
      {item.teachers.length > 0 && <div className="row-people"><span className="quiet">{t.teachers}</span>{item.teachers.slice(0, 4).map((teacher) => <Marked key={teacher.sourcedId} text={fullName(teacher)} />)}</div>}
    </>
  );
}
