// Made from the routes of the gateway (`node tools/generate-client.mjs`); do not edit by hand.
import { AuditAnswer, ClassAnswer, ClassesAnswer, CreatedKey, DecisionAnswer, DistrictStatus, DistrictsAnswer, FiltersAnswer, KeysAnswer, ParentAnswer, ParentsAnswer, ParkedAnswer, PreviewAnswer, RefreshAnswer, Run, RunLogAnswer, RunsAnswer, ScheduleAnswer, Session, SnapshotDetail, SnapshotsAnswer, StudentAnswer, StudentsAnswer } from '@lastgood/contracts';

/** The shape of the answer of every operation that gives JSON, to check it by. */
export const ANSWERS = {
  admin_create: CreatedKey,
  admin_list: KeysAnswer,
  admin_parked: ParkedAnswer,
  audit_list: AuditAnswer,
  districts_list: DistrictsAnswer,
  districts_refresh: RefreshAnswer,
  districts_status: DistrictStatus,
  people_class: ClassAnswer,
  people_classes: ClassesAnswer,
  people_filters: FiltersAnswer,
  people_parent: ParentAnswer,
  people_parents: ParentsAnswer,
  people_student: StudentAnswer,
  people_students: StudentsAnswer,
  runs_cancel: Run,
  runs_list: RunsAnswer,
  runs_log: RunLogAnswer,
  runs_one: Run,
  schedule_get: ScheduleAnswer,
  schedule_set: ScheduleAnswer,
  session_current: Session,
  session_signIn: Session,
  snapshots_approve: DecisionAnswer,
  snapshots_list: SnapshotsAnswer,
  snapshots_one: SnapshotDetail,
  snapshots_preview: PreviewAnswer,
  snapshots_reject: DecisionAnswer,
  snapshots_rollback: DecisionAnswer,
} as const;
