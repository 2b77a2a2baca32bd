import type { ClassItem, LiveClass, PersonItem } from '@lastgood/contracts';
import type { ReactNode } from 'react';
import type { Details, LiveItems, SearchedDataset } from '../api/shapes.js';
import { useWords } from '../words/words-context.js';
import { Marked } from './marked.js';

type Words = ReturnType<typeof useWords>['t'];

/** The fields of a record that have a value, by name. */
export function DetailFields({ dataset, item }: { dataset: SearchedDataset; item: (Details | LiveItems)[SearchedDataset] }): ReactNode {
  const { t, number } = useWords();
  const fields = dataset === 'classes' ? classFields(item as ClassItem | LiveClass, t, number) : personFields(item as PersonItem, t);
  return (
    <dl className="fields">
      {fields.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd><Marked text={value} /></dd></div>
      ))}
    </dl>
  );
}

type Fields = readonly [name: string, value: string | null | undefined][];

function personFields(person: PersonItem, t: Words): Fields {
  const { fields } = t;
  return [
    [fields.familyName, person.familyName], [fields.givenName, person.givenName], [fields.middleName, person.middleName], [fields.preferredName, person.preferredName],
    [fields.grade, person.grades.join(', ')], [fields.school, person.schools.map(({ name, sourcedId }) => name ?? sourcedId).join(', ')],
    [fields.identifier, person.identifier], [fields.username, person.username], [fields.email, person.email], [fields.phone, person.phone], [fields.sms, person.sms],
    [fields.roles, person.roles.map((role) => t.roleNames[role] ?? role).join(', ')],
    [fields.enabled, person.enabled === null ? null : person.enabled ? t.yes : t.no], [fields.status, person.status], [fields.sourcedId, person.sourcedId],
  ];
}

function classFields(item: ClassItem | LiveClass, t: Words, number: (value: number) => string): Fields {
  const { fields } = t;
  return [
    [fields.classCode, item.classCode], [fields.course, item.course && (item.course.title ?? item.course.sourcedId)], [fields.school, item.school && (item.school.name ?? item.school.sourcedId)], [fields.subjects, item.subjects.join(', ')],
    [fields.grade, item.grades.join(', ')], [fields.periods, item.periods.join(', ')], [fields.location, item.location], [fields.classType, item.classType],
    [fields.students, 'students' in item ? number(item.students) : null], [fields.status, item.status], [fields.sourcedId, item.sourcedId],
  ];
}
