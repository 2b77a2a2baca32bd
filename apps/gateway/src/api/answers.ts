import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';

/** Headers that clients may send, in words. */
export const TAKEN = {
  'If-None-Match': 'The ETag of the answer you have: 304 without a body when it is still right',
  'Lastgood-At-Least': 'Log numbers as a Lastgood-Log says them, as sis=12: no source is answered from before them',
  'Idempotency-Key': '1 to 200 printable ASCII characters: the same key gives the same answer for 24 h',
  'Lastgood-Purpose': 'Why you ask, 1 to 200 printable ASCII characters; stands in the audit trail',
  'X-CSRF-Token': 'The token of the session, as GET /api/v1/session gives it; needed with its cookie only',
  'Last-Event-ID': 'The id of the last event you have seen: you are told only what came since',
} as const;

/** Headers of answers, in words. */
export const GIVEN = {
  ETag: 'Names this answer, for If-None-Match',
  'Lastgood-Snapshot': 'The snapshot of each source that was answered from, as sis=7-01jd...',
  'Lastgood-Log': 'The log number of each source that this answer reflects, as sis=12',
  'Lastgood-Count': 'How many people, classes or rows the answer holds',
  RateLimit: 'What is left of the limit and the seconds until it is whole again, as "changes";r=119;t=60',
  'RateLimit-Policy': 'The limit: requests (q) in so many seconds (w), as "changes";q=120;w=60',
  Location: 'The address of the run, when there is exactly one',
  'Content-Disposition': 'The name of the file',
  'Retry-After': 'Seconds to wait before asking again',
  'WWW-Authenticate': 'How to send a key',
} as const;

/** What headers hold: text of at most this length. */
export const HEADER = { type: 'string', maxLength: 4096 } as const;

export interface AnswerDescription {
  /** Headers that the route reads. */
  takes?: readonly (keyof typeof TAKEN)[];
  /** Headers of its successful answer. */
  gives?: readonly (keyof typeof GIVEN)[];
  /** Whether it answers 304. */
  unchanged?: boolean;
  /** It works with the cookie of a session, and with nothing else. */
  signedIn?: boolean;
  /** Every request counts against a limit, though the method or the permission does not say so. */
  limited?: boolean;
  /** Statuses of its own problems, besides those of all routes. */
  problems?: readonly (401 | 403 | 404 | 409 | 410 | 429)[];
}

export const ANSWER_EXTENSION = 'x-lastgood-answer';

/** Describes what a route says besides its body; what all routes have in common is added by itself. */
export function Answers(description: AnswerDescription): MethodDecorator {
  const headers = (description.takes ?? []).map((name) => ApiHeader({ name, description: TAKEN[name], required: false, schema: HEADER }));
  return applyDecorators(...headers, ApiExtension(ANSWER_EXTENSION, description));
}

/** What is read from a snapshot: it names it, and 410 says that it has expired. */
export const FROM_SNAPSHOT: AnswerDescription = {
  takes: ['If-None-Match', 'Lastgood-At-Least'], gives: ['ETag', 'Lastgood-Snapshot', 'Lastgood-Log', 'Lastgood-Count'], unchanged: true, problems: [410],
};
