import { ServiceError, UnreadableEvent } from '@lastgood/contracts';

/**
 * Why a try failed, in at most 500 characters. Words of our own errors are kept; of any other error only its name and code,
 * because messages of the platform quote the input.
 */
export function reasonOf(error: unknown): string {
  return words(error).slice(0, 500);
}

function words(error: unknown): string {
  if (error instanceof UnreadableEvent) return `${error.reason}: ${error.message}`;
  if (error instanceof ServiceError) return `${error.kind} ${error.code}: ${error.message}`;
  if (!(error instanceof Error)) return 'the handler failed without an error';
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const cause = error.cause instanceof Error ? `, caused by ${words(error.cause)}` : '';
  return `the handler failed with ${error.name}${code}${cause}`;
}
