import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { filtersQuery } from '../api/queries.js';
import { Choice } from '../parts/choice.js';
import { MissingPart } from '../parts/states.js';
import { useWords } from '../words/words-context.js';
import type { SearchState } from './search-state.js';

interface FiltersProps {
  district: string;
  snapshots: string;
  sources: readonly string[];
  state: SearchState;
  change: (next: Partial<SearchState>) => void;
}

/** School, grade, role and source; only what the snapshots have can be chosen. */
export function Filters({ district, snapshots, sources, state, change }: FiltersProps): ReactNode {
  const { t } = useWords();
  const found = useQuery(filtersQuery(district, snapshots));
  const asked = (found.data?.sources ?? []).filter(({ source }) => state.source === undefined || source === state.source);
  const schools = new Map(asked.flatMap(({ schools: known }) => known.map(({ sourcedId, name }) => [sourcedId, name ?? sourcedId])));
  const distinct = (lists: readonly string[][]): { id: string; name: string }[] => [...new Set(lists.flat())].map((id) => ({ id, name: id }));
  const grades = distinct(asked.map((source) => source.grades));
  const roles = distinct(asked.map((source) => source.roles)).filter(({ id }) => id !== 'student').map(({ id }) => ({ id, name: t.roleNames[id] ?? id }));
  const filtered = state.school ?? state.grade ?? state.role ?? state.source;
  return (
    <div className="filters">
      <MissingPart of={found} name={t.filters} />
      {schools.size > 1 && <Choice label={t.school} all={t.allSchools} value={state.school} options={[...schools].map(([id, name]) => ({ id, name }))} onChange={(school) => change({ school })} />}
      {grades.length > 1 && state.what !== 'parents' && <Choice label={t.grade} all={t.allGrades} value={state.grade} options={grades} onChange={(grade) => change({ grade })} />}
      {roles.length > 1 && state.what === 'parents' && <Choice label={t.role} all={t.allRoles} value={state.role} options={roles} onChange={(role) => change({ role })} />}
      {sources.length > 1 && <Choice label={t.source} all={t.allSources} value={state.source} options={sources.map((id) => ({ id, name: id }))} onChange={(source) => change({ source })} />}
      {filtered !== undefined && <Button className="button button-plain" onPress={() => change({ school: undefined, grade: undefined, role: undefined, source: undefined })}>{t.clearFilters}</Button>}
    </div>
  );
}
