import type { ScheduleAnswer } from '@lastgood/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { call } from '../api/call.js';
import { scheduleQuery } from '../api/queries.js';
import { Ask } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import { MissingPart } from '../parts/states.js';
import { useSession } from '../session/session-context.js';
import { When } from '../time/when.js';
import { useWords } from '../words/words-context.js';
import type { SourceStatus } from './badge.js';

/** When the source is refreshed next, and how to change that. */
export function ScheduleLine({ district, source: { source, runs } }: { district: string; source: SourceStatus }): ReactNode {
  const { t } = useWords();
  const { may } = useSession();
  const [changing, setChanging] = useState(false);
  const asked = useQuery({ ...scheduleQuery(district, source), enabled: may('schedule') });
  const { data } = asked;
  return (
    <p className="schedule">
      <span className="quiet">{t.nextRun}</span> {runs?.nextRunAt ? <When at={runs.nextRunAt} /> : t.byHandOnly}
      <MissingPart of={asked} name={t.schedule} />
      {data?.cron && data.cron !== 'off' && <> · <code>{data.cron}</code>{data.timeZone && <span className="quiet"> {data.timeZone}</span>}</>}
      {data?.from === 'override' && <span className="chip">{t.changedHere}</span>}
      {data && may('schedule') && <Button className="button button-small" aria-label={`${t.changeSchedule} ${source}`} onPress={() => setChanging(true)}>{t.change}</Button>}
      {changing && data && <ChangeSchedule district={district} source={source} schedule={data} onClose={() => setChanging(false)} />}
    </p>
  );
}

function ChangeSchedule({ district, source, schedule, onClose }: { district: string; source: string; schedule: ScheduleAnswer; onClose: () => void }): ReactNode {
  const { t } = useWords();
  const client = useQueryClient();
  const [cron, setCron] = useState(schedule.cron ?? '0 3 * * *');
  const [timeZone, setTimeZone] = useState(schedule.timeZone ?? '');
  const save = useMutation({
    mutationFn: (body: { cron: string; timeZone: string | null } | null) => call('schedule_set', { district, source, body }),
    onSuccess: (now) => {
      client.setQueryData(scheduleQuery(district, source).queryKey, now);
      void client.invalidateQueries({ queryKey: ['status', district] });
      onClose();
    },
  });
  return (
    <Ask title={t.scheduleTitle(source)} confirm={t.save} busy={save.isPending} error={save.error} disabled={cron.trim() === ''} onConfirm={() => save.mutate({ cron: cron.trim(), timeZone: timeZone.trim() || null })} onClose={onClose}>
      <Field label={t.cron} value={cron} onChange={setCron} hint={t.cronHint} maxLength={128} autoFocus />
      <Field label={t.timeZone} value={timeZone} onChange={setTimeZone} hint={t.timeZoneHint} maxLength={64} />
      {schedule.from === 'override' && <Button className="button" isDisabled={save.isPending} onPress={() => save.mutate(null)}>{t.scheduleReset}</Button>}
    </Ask>
  );
}
