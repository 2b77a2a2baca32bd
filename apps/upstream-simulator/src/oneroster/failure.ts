import type { Version } from './records.js';

/** Minor codes of imsx_StatusInfo that OneRoster 1.1 and 1.2 rostering know. */
export type MinorCode =
  | 'fullsuccess'
  | 'invalid_filter_field'
  | 'invalid_selection_field'
  | 'invalid_sort_field'
  | 'invaliddata'
  | 'unauthorisedrequest'
  | 'forbidden'
  | 'server_busy'
  | 'unknownobject'
  | 'internal_server_error';

/** A refusal with its HTTP status; the description names fields and codes, never personal values. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly minor: MinorCode,
    description: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
  }
}

/** The imsx_StatusInfo object; 1.1 also wants a message reference. */
export function statusInfo(version: Version, minor: MinorCode, description: string): Record<string, unknown> {
  return {
    imsx_codeMajor: 'failure',
    imsx_severity: 'error',
    ...(version === '1.1' ? { imsx_messageRefIdentifier: 'simulator' } : {}),
    imsx_description: description,
    imsx_CodeMinor: {
      imsx_codeMinorField: [{ imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: minor }],
    },
  };
}

/** The minor code that goes with an HTTP status. */
export function minorOfStatus(status: number): MinorCode {
  switch (status) {
    case 401:
      return 'unauthorisedrequest';
    case 403:
      return 'forbidden';
    case 404:
      return 'unknownobject';
    case 429:
      return 'server_busy';
    default:
      return status >= 500 ? 'internal_server_error' : 'invaliddata';
  }
}
