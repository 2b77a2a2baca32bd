// Made from the routes of the gateway (`node tools/generate-client.mjs`); do not edit by hand.
import type { ApprovalBody, AuditAnswer, AuditFilter, AuditQuery, ClassAnswer, ClassesAnswer, CreatedKey, DecisionAnswer, DecisionBody, DistrictStatus, DistrictsAnswer, FiltersAnswer, KeysAnswer, LiveClassAnswer, LiveClassesAnswer, LivePeopleAnswer, LivePersonAnswer, LiveQuery, NewKeyBody, ParentAnswer, ParentsAnswer, ParkedAnswer, ParkedQuery, PreviewAnswer, ReasonBody, RefreshAnswer, RefreshBody, Run, RunLogAnswer, RunLogQuery, RunsAnswer, RunsQuery, ScheduleAnswer, ScheduleBody, SearchCsvQuery, SearchQuery, Session, SignInBody, SnapshotDetail, SnapshotsAnswer, SnapshotsQuery, SourceQuery, StudentAnswer, StudentsAnswer } from '@lastgood/contracts';

/** What every operation of the API takes and gives, by its id in the description of the API. */
export interface Operations {
  /** POST /api/v1/admin/keys: Make a key, of no more districts than this key may see; its value is shown this once. */
  admin_create: { body: typeof NewKeyBody; gives: typeof CreatedKey };
  /** DELETE /api/v1/admin/parked/{message}: Drop a parked message for good. */
  admin_drop: { path: 'message'; gives: 'nothing' };
  /** GET /api/v1/admin/keys: Keys whose districts this key may see, never their values. */
  admin_list: { gives: typeof KeysAnswer };
  /** GET /api/v1/admin/parked: Messages that no try could handle, oldest first; for keys of all districts, as are the two below. */
  admin_parked: { query: typeof ParkedQuery; gives: typeof ParkedAnswer };
  /** POST /api/v1/admin/parked/{message}/replay: Give a parked message back to its service. */
  admin_replay: { path: 'message'; gives: 'nothing' };
  /** DELETE /api/v1/admin/keys/{key}: Take a key out of use whose districts this key may see; its sessions end. */
  admin_revoke: { path: 'key'; gives: 'nothing' };
  /** GET /api/openapi.json: This description. */
  apidescription_openapi: { gives: 'file' };
  /** GET /api/v1/audit/export: Entries with their hashes, one JSON value a line, oldest first; without filters `lastgood audit verify` checks them. */
  audit_export: { query: typeof AuditFilter; gives: 'file' };
  /** GET /api/v1/audit: Entries of the audit trail, newest first; they come within seconds. */
  audit_list: { query: typeof AuditQuery; gives: typeof AuditAnswer };
  /** GET /api/v1/districts: The districts this key may see, with their sources. */
  districts_list: { gives: typeof DistrictsAnswer };
  /** POST /api/v1/snapshots/{district}/refresh: Refresh one source or all; joins runs that are active already. */
  districts_refresh: { path: 'district'; body?: typeof RefreshBody; gives: typeof RefreshAnswer };
  /** GET /api/v1/snapshots/{district}/status: Every source: current snapshot, age, counts, active run, next and last run. */
  districts_status: { path: 'district'; gives: typeof DistrictStatus };
  /** GET /api/v1/districts/{district}/sources/{source}/live/classes/{sourcedId}: One class in the live system, as its search, with the whole record for who may `read-record`. */
  livelookup_class: { path: 'district' | 'source' | 'sourcedId'; gives: typeof LiveClassAnswer };
  /** GET /api/v1/districts/{district}/sources/{source}/live/classes: Look classes up in the live system of a source that allows it and has never published a snapshot, marked `live`; nothing is kept, and no refresh starts. Without teachers and rosters. */
  livelookup_classes: { path: 'district' | 'source'; query: typeof LiveQuery; gives: typeof LiveClassesAnswer };
  /** GET /api/v1/districts/{district}/sources/{source}/live/parents/{sourcedId}: One parent, guardian or relative in the live system, as their search, with the whole record for who may `read-record`. */
  livelookup_parent: { path: 'district' | 'source' | 'sourcedId'; gives: typeof LivePersonAnswer };
  /** GET /api/v1/districts/{district}/sources/{source}/live/parents: Look parents, guardians and relatives up in the live system of a source that allows it and has never published a snapshot, marked `live`; nothing is kept, and no refresh starts. Without their children; found among the first 100 users that match. */
  livelookup_parents: { path: 'district' | 'source'; query: typeof LiveQuery; gives: typeof LivePeopleAnswer };
  /** GET /api/v1/districts/{district}/sources/{source}/live/students/{sourcedId}: One student in the live system, as its search, with the whole record for who may `read-record`. */
  livelookup_student: { path: 'district' | 'source' | 'sourcedId'; gives: typeof LivePersonAnswer };
  /** GET /api/v1/districts/{district}/sources/{source}/live/students: Look students up in the live system of a source that allows it and has never published a snapshot, marked `live`; nothing is kept, and no refresh starts. Without guardians and classes. */
  livelookup_students: { path: 'district' | 'source'; query: typeof LiveQuery; gives: typeof LivePeopleAnswer };
  /** GET /api/v1/districts/{district}/classes/{sourcedId}: One class with its roster and, for who may `read-record`, the whole record. */
  people_class: { path: 'district' | 'sourcedId'; query: typeof SourceQuery; gives: typeof ClassAnswer };
  /** GET /api/v1/districts/{district}/classes: Search classes. */
  people_classes: { path: 'district'; query: typeof SearchQuery; gives: typeof ClassesAnswer };
  /** GET /api/v1/districts/{district}/classes.csv: All classes that match exactly, at most 100,000, as CSV with formulas escaped. */
  people_classesCsv: { path: 'district'; query: typeof SearchCsvQuery; gives: 'file' };
  /** GET /api/v1/districts/{district}/filters: Schools, grades and roles that searches can be filtered by. */
  people_filters: { path: 'district'; query: typeof SourceQuery; gives: typeof FiltersAnswer };
  /** GET /api/v1/districts/{district}/parents/{sourcedId}: One parent, guardian or relative with children and, for who may `read-record`, the whole record. */
  people_parent: { path: 'district' | 'sourcedId'; query: typeof SourceQuery; gives: typeof ParentAnswer };
  /** GET /api/v1/districts/{district}/parents: Search parents, guardians and relatives, with their children. */
  people_parents: { path: 'district'; query: typeof SearchQuery; gives: typeof ParentsAnswer };
  /** GET /api/v1/districts/{district}/parents.csv: All parents, guardians and relatives that match exactly, at most 100,000, as CSV with formulas escaped. */
  people_parentsCsv: { path: 'district'; query: typeof SearchCsvQuery; gives: 'file' };
  /** GET /api/v1/districts/{district}/students/{sourcedId}: One student with guardians, classes and, for who may `read-record`, the whole record. */
  people_student: { path: 'district' | 'sourcedId'; query: typeof SourceQuery; gives: typeof StudentAnswer };
  /** GET /api/v1/districts/{district}/students: Search students, with their guardians. */
  people_students: { path: 'district'; query: typeof SearchQuery; gives: typeof StudentsAnswer };
  /** GET /api/v1/districts/{district}/students.csv: All students that match exactly, at most 100,000, as CSV with formulas escaped. */
  people_studentsCsv: { path: 'district'; query: typeof SearchCsvQuery; gives: 'file' };
  /** POST /api/v1/runs/{run}/cancel: Stop a run; it is `stopping` until that is in the log. */
  runs_cancel: { path: 'run'; body?: typeof ReasonBody; gives: typeof Run };
  /** GET /api/v1/runs/{run}/events: Server-sent events: `progress` whenever the run moves, `end` when it is over. */
  runs_events: { path: 'run'; gives: 'file' };
  /** GET /api/v1/runs: Runs, newest first. */
  runs_list: { query: typeof RunsQuery; gives: typeof RunsAnswer };
  /** GET /api/v1/runs/{run}/log: Log lines of one run, oldest first; by level and by text. */
  runs_log: { path: 'run'; query: typeof RunLogQuery; gives: typeof RunLogAnswer };
  /** GET /api/v1/runs/{run}: One run. */
  runs_one: { path: 'run'; gives: typeof Run };
  /** GET /api/v1/districts/{district}/sources/{source}/schedule: When the source is refreshed, and where that was set. */
  schedule_get: { path: 'district' | 'source'; gives: typeof ScheduleAnswer };
  /** PUT /api/v1/districts/{district}/sources/{source}/schedule: Refresh the source by another schedule than the file says; `null` goes back to the file, the cron `off` refreshes by hand only. */
  schedule_set: { path: 'district' | 'source'; body: typeof ScheduleBody; gives: typeof ScheduleAnswer };
  /** GET /api/v1/session: Who is signed in, by the cookie. */
  session_current: { gives: typeof Session };
  /** POST /api/v1/session: Sign in with a key or a sign-in link; sets the cookie of the session. */
  session_signIn: { body: typeof SignInBody; gives: typeof Session };
  /** DELETE /api/v1/session: Sign out; the cookie is of no use afterwards. */
  session_signOut: { gives: 'nothing' };
  /** POST /api/v1/districts/{district}/snapshots/{snapshot}/approve: Publish a held snapshot; `previewed`, which is required, is the `log_head` that was looked at. Approving the current one lifts the hold after a rollback. */
  snapshots_approve: { path: 'district' | 'snapshot'; body: typeof ApprovalBody; gives: typeof DecisionAnswer };
  /** GET /api/v1/districts/{district}/snapshots/{snapshot}/files/{name}: One file of a snapshot, uncompressed. */
  snapshots_file: { path: 'district' | 'snapshot' | 'name'; query: typeof SourceQuery; gives: 'file' };
  /** GET /api/v1/districts/{district}/snapshots: Snapshots and failed attempts, newest first. */
  snapshots_list: { path: 'district'; query: typeof SnapshotsQuery; gives: typeof SnapshotsAnswer };
  /** GET /api/v1/districts/{district}/snapshots/{snapshot}: One snapshot with its files; `latest` is the newest of any status, `latest-good` what readers get. One that was never published needs the permission `decide`. */
  snapshots_one: { path: 'district' | 'snapshot'; query: typeof SourceQuery; gives: typeof SnapshotDetail };
  /** GET /api/v1/districts/{district}/snapshots/{snapshot}/preview: What would change if this snapshot became current: counts by dataset, school and role, and sample names for who may `read-record`. */
  snapshots_preview: { path: 'district' | 'snapshot'; gives: typeof PreviewAnswer };
  /** POST /api/v1/districts/{district}/snapshots/{snapshot}/reject: Reject a held snapshot; it is never published and its files go after the grace period. */
  snapshots_reject: { path: 'district' | 'snapshot'; body?: typeof DecisionBody; gives: typeof DecisionAnswer };
  /** POST /api/v1/districts/{district}/snapshots/{snapshot}/rollback: Make an earlier snapshot current again; later runs are held until one is approved. */
  snapshots_rollback: { path: 'district' | 'snapshot'; body?: typeof DecisionBody; gives: typeof DecisionAnswer };
}

/** Where every operation is asked. */
export const ROUTES: { readonly [O in keyof Operations]: readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string] } = {
  admin_create: ['POST', '/api/v1/admin/keys'],
  admin_drop: ['DELETE', '/api/v1/admin/parked/{message}'],
  admin_list: ['GET', '/api/v1/admin/keys'],
  admin_parked: ['GET', '/api/v1/admin/parked'],
  admin_replay: ['POST', '/api/v1/admin/parked/{message}/replay'],
  admin_revoke: ['DELETE', '/api/v1/admin/keys/{key}'],
  apidescription_openapi: ['GET', '/api/openapi.json'],
  audit_export: ['GET', '/api/v1/audit/export'],
  audit_list: ['GET', '/api/v1/audit'],
  districts_list: ['GET', '/api/v1/districts'],
  districts_refresh: ['POST', '/api/v1/snapshots/{district}/refresh'],
  districts_status: ['GET', '/api/v1/snapshots/{district}/status'],
  livelookup_class: ['GET', '/api/v1/districts/{district}/sources/{source}/live/classes/{sourcedId}'],
  livelookup_classes: ['GET', '/api/v1/districts/{district}/sources/{source}/live/classes'],
  livelookup_parent: ['GET', '/api/v1/districts/{district}/sources/{source}/live/parents/{sourcedId}'],
  livelookup_parents: ['GET', '/api/v1/districts/{district}/sources/{source}/live/parents'],
  livelookup_student: ['GET', '/api/v1/districts/{district}/sources/{source}/live/students/{sourcedId}'],
  livelookup_students: ['GET', '/api/v1/districts/{district}/sources/{source}/live/students'],
  people_class: ['GET', '/api/v1/districts/{district}/classes/{sourcedId}'],
  people_classes: ['GET', '/api/v1/districts/{district}/classes'],
  people_classesCsv: ['GET', '/api/v1/districts/{district}/classes.csv'],
  people_filters: ['GET', '/api/v1/districts/{district}/filters'],
  people_parent: ['GET', '/api/v1/districts/{district}/parents/{sourcedId}'],
  people_parents: ['GET', '/api/v1/districts/{district}/parents'],
  people_parentsCsv: ['GET', '/api/v1/districts/{district}/parents.csv'],
  people_student: ['GET', '/api/v1/districts/{district}/students/{sourcedId}'],
  people_students: ['GET', '/api/v1/districts/{district}/students'],
  people_studentsCsv: ['GET', '/api/v1/districts/{district}/students.csv'],
  runs_cancel: ['POST', '/api/v1/runs/{run}/cancel'],
  runs_events: ['GET', '/api/v1/runs/{run}/events'],
  runs_list: ['GET', '/api/v1/runs'],
  runs_log: ['GET', '/api/v1/runs/{run}/log'],
  runs_one: ['GET', '/api/v1/runs/{run}'],
  schedule_get: ['GET', '/api/v1/districts/{district}/sources/{source}/schedule'],
  schedule_set: ['PUT', '/api/v1/districts/{district}/sources/{source}/schedule'],
  session_current: ['GET', '/api/v1/session'],
  session_signIn: ['POST', '/api/v1/session'],
  session_signOut: ['DELETE', '/api/v1/session'],
  snapshots_approve: ['POST', '/api/v1/districts/{district}/snapshots/{snapshot}/approve'],
  snapshots_file: ['GET', '/api/v1/districts/{district}/snapshots/{snapshot}/files/{name}'],
  snapshots_list: ['GET', '/api/v1/districts/{district}/snapshots'],
  snapshots_one: ['GET', '/api/v1/districts/{district}/snapshots/{snapshot}'],
  snapshots_preview: ['GET', '/api/v1/districts/{district}/snapshots/{snapshot}/preview'],
  snapshots_reject: ['POST', '/api/v1/districts/{district}/snapshots/{snapshot}/reject'],
  snapshots_rollback: ['POST', '/api/v1/districts/{district}/snapshots/{snapshot}/rollback'],
};
