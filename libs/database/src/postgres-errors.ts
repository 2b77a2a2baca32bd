import { ServiceError } from '@lastgood/contracts';
import { databaseErrors } from './database-errors.js';

type Kind = keyof typeof databaseErrors;

/** SQLSTATE (PostgreSQL manual, appendix A) and Node's codes of connections. */
const KINDS: Readonly<Record<string, Kind>> = {
  '23505': 'taken',
  '40001': 'contended', '40P01': 'contended',
  '53100': 'full',
  '57014': 'late', '55P03': 'late', '25P03': 'late', '57P05': 'late',
  '57P01': 'unavailable', '57P02': 'unavailable', '57P03': 'unavailable', '53300': 'unavailable', '25006': 'unavailable',
  '28000': 'refused', '28P01': 'refused', '3D000': 'refused', '42501': 'refused', '57P04': 'refused',
  '22021': 'unstorable', '22P05': 'unstorable',
};
const SQLSTATE = /^[0-9A-Z]{5}$/;
const SYSTEM_CODE = /^E[A-Z_]+$/;
/** What `pg` and `pg-pool` say without a code. */
const LOST = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|The server does not support SSL|Client was closed)/;

/** The error in our words when it speaks of the database, else as it is: a programmer's error. */
export function postgresError(error: unknown): unknown {
  const kind = error instanceof ServiceError ? undefined : kindOf(error);
  return kind === undefined ? error : databaseErrors[kind](error);
}

/** True when the connection that gave the error may not be used any more: everything but what the server said about a statement. */
export function endsConnection(error: unknown): boolean {
  if (error instanceof ServiceError) return true;
  const code = textIn(error, 'code');
  return !SQLSTATE.test(code) || /^(08|57P)/.test(code) || code === '25P03';
}

function kindOf(error: unknown): Kind | undefined {
  const code = textIn(error, 'code');
  if (SQLSTATE.test(code)) return KINDS[code] ?? (code.startsWith('08') ? 'unavailable' : undefined);
  if (SYSTEM_CODE.test(code)) return 'unavailable';
  return LOST.test(textIn(error, 'message')) ? 'unavailable' : undefined;
}

function textIn(error: unknown, name: 'code' | 'message'): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
}
