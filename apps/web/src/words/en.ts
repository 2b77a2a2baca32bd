/** English words of the page. */
export const en = {
  navigation: 'Screens', skip: 'To the content', search: 'Search', districts: 'Districts', district: 'District', runs: 'Runs', run: 'Run', snapshots: 'Snapshots', snapshot: 'Snapshot',
  keys: 'Keys', audit: 'Audit', signOut: 'Sign out', lightMode: 'Light colours', darkMode: 'Dark colours', close: 'Close', save: 'Save', change: 'Change', clear: 'Clear', done: 'Done',
  yes: 'Yes', no: 'No', name: 'Name', state: 'State', actions: 'Actions', loading: 'Loading…', failed: 'That did not work', tryAgain: 'Try again', unexpected: 'Something unexpected happened.',
  noPermission: 'Not for this key', noPermissionHow: 'Your role does not include this. An admin can give you a key that does.', notFound: 'Nothing here',
  notFoundHow: 'It does not exist, is no longer kept, or is not for your key.', connectionLost: 'Lastgood cannot be reached.', connectionLostHow: 'What you see is the last answer. Trying again…',
  signIn: 'Sign in', signInHow: 'Open the link that Lastgood printed at its start, or use your key.', key: 'Key', keyHint: 'Begins with lg_. Whoever runs Lastgood gave it to you.',
  keyRefused: 'This key is unknown, expired or revoked.', linkRefused: 'This link was used already or is too old. Use your key, or ask for a new link.',
  signInWait: (time: string) => `Too many tries. Wait ${time} and try again.`,

  searchLabel: 'Search for students, parents and classes', searchPlaceholder: 'Name, email, phone, student number…', searchFor: 'Search for', students: 'Students', parents: 'Parents', classes: 'Classes', teachers: 'Teachers', enrollments: 'Places in classes',
  resultsOf: (source: string) => `Results of ${source}`, nothingFound: 'Nothing found', nothingFoundHow: 'Check the spelling, or take filters away.',
  found: (count: string, value: number) => (value === 1 ? '1 match' : `${count} matches`), moreThan: (count: string) => `More than ${count} matches`, showMore: 'Show more', similar: 'Similar spelling', onlySimilar: 'Nothing is spelt exactly like this; these are close',
  noSnapshotYet: 'No snapshot yet', noSnapshotYetHow: 'Press Create above to fetch the first one.', sourceUnreadable: 'This source cannot be read now', downloadCsv: 'Download all matches as CSV',
  school: 'School', allSchools: 'All schools', grade: 'Grade', allGrades: 'All grades', role: 'Role', allRoles: 'All roles', source: 'Source', allSources: 'All sources', clearFilters: 'Clear filters',
  gradeShort: 'Grade', guardians: 'Guardians', children: 'Children', period: 'Period', andMore: (count: number) => `and ${count} more`,
  unresolvedGuardians: (count: number) => (count === 1 ? '1 guardian is named but not in the data' : `${count} guardians are named but not in the data`),
  unresolvedChildren: (count: number) => (count === 1 ? '1 child is named but not in the data' : `${count} children are named but not in the data`),
  studentCount: (count: string, value: number) => (value === 1 ? '1 student' : `${count} students`),
  detail: 'Details', asOf: 'Snapshot:', noChildren: 'No children in the data.', noGuardians: 'No guardians in the data.', noClasses: 'No classes in the data.', roster: 'Roster', noRoster: 'Nobody is enrolled.',
  rawRecord: 'Whole record as received', showWhole: 'Show all of it',
  fields: {
    familyName: 'Family name', givenName: 'Given name', middleName: 'Middle name', preferredName: 'Preferred name', grade: 'Grade', school: 'School', identifier: 'Student or person number', username: 'User name', email: 'Email', phone: 'Phone', sms: 'Text messages',
    roles: 'Role', enabled: 'Enabled', status: 'Status', sourcedId: 'Record id', classCode: 'Class code', course: 'Course', subjects: 'Subjects', periods: 'Periods', location: 'Room', classType: 'Kind', students: 'Students',
  },
  roleNames: { student: 'Student', parent: 'Parent', guardian: 'Guardian', relative: 'Relative', teacher: 'Teacher', aide: 'Aide', administrator: 'Administrator' } as Record<string, string>,

  snapshotFrom: (age: string) => `Snapshot: ${age}`, records: (count: string) => `${count} records`, recordsOf: (count: string, all: string) => `${count} of ${all} records`, recordsName: 'Records',
  partial: 'partial', partialWithout: (missing: string) => `partial, without ${missing}`, refreshFailed: 'The last refresh failed',
  phases: { requested: 'Waiting to start', fetching: 'Fetching', building: 'Building', checking: 'Checking', publishing: 'Publishing', stopping: 'Stopping', published: 'Published', quarantined: 'Held for review', failed: 'Failed', cancelled: 'Cancelled' },
  pages: (count: string) => `${count} pages`, pagesName: 'Pages', perSecond: (rate: string) => `${rate} per second`, remaining: (low: string, high: string) => (low === high ? `about ${low} left` : `${low} to ${high} left`),
  create: 'Create', refresh: 'Refresh', join: 'Join', viewDetails: 'View details', review: 'Review', refreshTitle: (source: string) => `Refresh ${source}?`,
  refreshUsually: (time: string) => `This usually takes ${time}.`, refreshFirstTime: 'How long it takes is known after the first time; large districts need some minutes.',
  refreshKeeps: 'The current snapshot stays and answers searches until the new one is complete and checked.', refreshNothingYet: 'Searches work as soon as it is published.',
  refreshJoins: 'A refresh is running already; you will follow that one.', cancelRun: 'Stop', cancelTitle: 'Stop this refresh?', cancelKeeps: 'Nothing is published. The current snapshot stays.',
  lastRuns: 'Last runs, oldest first', noRuns: 'No runs yet', nextRun: 'Next refresh:', byHandOnly: 'by hand only', changedHere: 'changed here', changeSchedule: 'Change the schedule of', scheduleTitle: (source: string) => `Schedule of ${source}`,
  cron: 'When (cron)', cronHint: 'Minute, hour, day, month, weekday: 0 3 * * * is every night at 3:00. off: by hand only.', timeZone: 'Time zone', timeZoneHint: 'As America/Chicago. Empty: the source’s own.', scheduleReset: 'Return to the configured schedule',
  heldWaits: 'A refresh looks unusual and waits for a decision.', onHold: 'On hold after a rollback: new refreshes wait for approval.',
  findDistrict: 'Find a district', noDistricts: 'No districts', noDistrictsHow: 'This key sees no district. An admin can change that.', runsUnavailable: 'Runs and schedules are not known right now; searches go on.',

  started: 'Started', outcome: 'Outcome', took: 'Took', askedBy: 'Asked by', ways: { http: 'Web or API', cli: 'Command line', schedule: 'Schedule' }, runOf: (source: string) => `Run of ${source}`, timeline: 'Phases of the run',
  evidence: 'Proof per collection', nothingFetched: 'Nothing was fetched yet.', collection: 'Collection', told: 'Announced', received: 'Received', unique: 'Unique', calls: 'Calls', retries: 'Repeats', proof: 'Complete because',
  unfinished: 'Not finished', collectionStates: { waiting: 'Waiting', fetching: 'Fetching', fetched: 'Fetched', missing: 'Missing' }, proofs: { overlap: 'pages overlap', total: 'total agrees', 'single-page': 'one page holds all' },
  findings: 'Findings', warnings: (count: number) => (count === 1 ? '1 warning' : `${count} warnings`), times: (count: string) => `${count} times`, whatFailed: 'What failed', code: 'Code', pageAt: 'Page', rowNumber: (row: string) => `from row ${row} on`,
  upstreamAnswered: 'The source answered', whatToDo: 'What to do:', retryMayHelp: 'Try again; the cause may pass by itself. The last good snapshot goes on answering.', retryWontHelp: 'Fix the cause first; trying again alone will not help. The last good snapshot goes on answering.',
  log: 'Log', logLevel: 'Level', logLevels: { info: 'All lines', warn: 'Warnings and errors', error: 'Errors only' }, lineLevels: { info: 'Info', warn: 'Warning', error: 'Error' }, logFind: 'Find in the log',
  noLines: 'No lines', noLinesHow: 'Lines of a run are kept for 30 days.', lineCount: (count: string, value: number) => (value === 1 ? '1 line' : `${count} lines`),

  made: 'Made', size: 'Size', states: { current: 'Current', published: 'Published', held: 'Held', superseded: 'Superseded', rejected: 'Rejected', expired: 'Expired', failed: 'Failed', cancelled: 'Cancelled' },
  sparklineOf: (what: string, count: number) => `${what} of the last ${count} snapshots`, snapshotOf: (source: string) => `Snapshot of ${source}`, missing: 'Missing', files: 'Files', file: 'File', rows: 'Rows',
  heldTitle: 'Held for review', heldWhy: 'This refresh is complete, but it differs so much that somebody should look first. The current snapshot goes on answering.', preview: 'What would change',
  previewFirst: 'There is no snapshot to compare with.', dataset: 'What', added: 'Added', removed: 'Removed', changedCount: 'Changed', unchanged: 'Same', examples: 'examples',
  verbs: { approve: 'Approve', reject: 'Reject', rollback: 'Roll back to this' }, reason: 'Reason', reasonHint: 'For the log; no names of people.', approveHow: 'It becomes current at once.', rejectHow: 'It will never be published; its files are deleted later.',
  rollbackHow: 'It becomes current at once. Later refreshes are held until one is approved.', onHoldLong: 'After a rollback, new refreshes are held until one is approved.', liftHold: 'Lift the hold', liftHoldHow: 'The current snapshot is approved as it is, and refreshes publish by themselves again.',

  roles: { viewer: 'Viewer', operator: 'Operator', admin: 'Admin', auditor: 'Auditor' } as Record<string, string>,
  roleHints: { viewer: 'Searches people and classes.', operator: 'Searches, refreshes, decides, and changes schedules.', admin: 'May do everything, keys and audit too.', auditor: 'Sees states and the audit trail, but no people.' } as Record<string, string>,
  keysHow: 'A key opens Lastgood for one person or program. Its value is shown once, when it is made.', newKey: 'New key', noKeys: 'No keys yet', allDistricts: 'All districts', expires: 'Expires', never: 'Never', expired: 'Expired', revoke: 'Revoke', revoked: 'Revoked',
  revokeTitle: (name: string) => `Revoke ${name}?`, revokeHow: 'Whoever uses this key is out at once. This cannot be undone.', keyNameHint: 'Who or what will use it.', expiresHint: 'Empty: it does not expire.', makeKey: 'Make key', keyMade: 'Key made',
  keyMadeHow: 'Copy it now; it is not shown again.', copy: 'Copy', copied: 'Copied.',
  exportAudit: 'Export', noEntries: 'No entries', when: 'When', actor: 'Who', action: 'Action', purpose: 'Purpose', outcomes: { allowed: 'Allowed', denied: 'Denied' }, from: 'From', to: 'To', filter: 'Filter',
};

type Loose<T> = { [Name in keyof T]: T[Name] extends string ? string : T[Name] extends (...given: infer Given) => string ? (...given: Given) => string : Loose<T[Name]> };
/** What every language has. */
export type Words = Loose<typeof en>;
