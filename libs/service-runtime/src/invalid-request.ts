import { ServiceError } from '@lastgood/contracts';

/** What any Standard Schema says about one wrong value; zod adds `code` and, for unknown names, `keys`. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

const ERRORS_SHOWN = 50;

/** The `invalid` error for what a schema refused: each field with words; `unknown_parameter` when names that do not exist were sent. */
export function invalidRequest(issues: readonly SchemaIssue[]): ServiceError {
  const errors = issues.flatMap(fieldErrors).slice(0, ERRORS_SHOWN);
  const unknown = issues.some((issue) => unknownKeys(issue).length > 0);
  const code = unknown ? 'unknown_parameter' : 'invalid_request';
  const names = [...new Set(errors.map(({ field }) => field))].join(', ');
  const detail = unknown ? `The request has parameters or fields that do not exist here, or wrong ones: ${names}.` : `These parameters or fields are wrong: ${names}.`;
  return new ServiceError('invalid', code, detail.slice(0, 1000), { retryable: false, errors });
}

function fieldErrors(issue: SchemaIssue): { field: string; message: string }[] {
  const path = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  const unknown = unknownKeys(issue);
  if (unknown.length > 0) return unknown.map((key) => ({ field: [...path, key].join('.').slice(0, 255), message: 'is unknown here; leave it out' }));
  return [{ field: path.join('.').slice(0, 255) || '(body)', message: issue.message.slice(0, 500) }];
}

function unknownKeys(issue: SchemaIssue): string[] {
  if (!('code' in issue) || issue.code !== 'unrecognized_keys' || !('keys' in issue) || !Array.isArray(issue.keys)) return [];
  return issue.keys.map(String);
}
