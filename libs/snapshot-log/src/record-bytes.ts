import { createHash } from 'node:crypto';
import { LogRecord } from '@lastgood/contracts';

type Unsealed<T> = T extends unknown ? Omit<T, 'checksum'> : never;
/** A record before its checksum was added. */
export type UnsealedRecord = Unsealed<LogRecord>;

/** SHA-256 of bytes, lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Adds the checksum and gives the exact bytes to store. Throws a ZodError when a member is out of bounds. */
export function sealRecord(unsealed: UnsealedRecord): { record: LogRecord; bytes: Buffer } {
  const record = LogRecord.parse({ ...unsealed, checksum: sha256(JSON.stringify(unsealed)) });
  return { record, bytes: Buffer.from(JSON.stringify({ ...unsealed, checksum: record.checksum })) };
}

/** What is wrong with the bytes of a record, in words; its content as far as it could be read. */
export type RecordReading = { record: LogRecord; problem: null } | { record: LogRecord | null; problem: string };

/** Reads the bytes of a record and recomputes its checksum: any changed bit gives a problem. */
export function readRecord(bytes: Uint8Array): RecordReading {
  const text = Buffer.from(bytes).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { record: null, problem: 'it is not JSON' };
  }
  const parsed = LogRecord.safeParse(value);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    return { record: null, problem: `it does not have the shape of a log record of version 1 (${where || 'as a whole'})` };
  }
  const { checksum, ...unsealed } = value as LogRecord;
  const whole = JSON.stringify({ ...unsealed, checksum });
  if (sha256(JSON.stringify(unsealed)) !== checksum || !Buffer.from(whole).equals(bytes)) {
    return { record: parsed.data, problem: 'its checksum does not match its content' };
  }
  return { record: parsed.data, problem: null };
}
