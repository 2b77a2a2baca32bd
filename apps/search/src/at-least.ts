import { AT_LEAST_HEADER, type LogNumbers, MORE_REPLICAS_HEADER, readLogNumbers } from '@lastgood/contracts';
import type { FastifyRequest } from 'fastify';

const SHORT_WAIT_MS = 100;
const LONG_WAIT_MS = 8_000;
const NOTHING: LogNumbers = new Map();

/** What the asker of an answer has seen: no source may be answered from before its number. */
export interface AtLeast {
  /** Log numbers by source; 0 is meant where there is none. */
  numbers: LogNumbers;
  /** How long a source that is behind may take to catch up. */
  waitMs: number;
  /** An answer without one of its sources is no use yet: another replica may have all of them. */
  whole: boolean;
}

/** For askers that have seen nothing. */
export const ANY_AGE: AtLeast = { numbers: NOTHING, waitMs: 0, whole: false };

/** What a request of the gateway says of its client. */
export function atLeastOf({ headers }: FastifyRequest): AtLeast {
  const text = headers[AT_LEAST_HEADER];
  if (typeof text !== 'string') return ANY_AGE;
  const whole = headers[MORE_REPLICAS_HEADER] !== undefined;
  return { numbers: readLogNumbers(text) ?? NOTHING, waitMs: whole ? SHORT_WAIT_MS : LONG_WAIT_MS, whole };
}
