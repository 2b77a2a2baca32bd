import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

/** What Nest itself has to say: its warnings and errors; its start-up lines are dropped. */
export class NestLog implements LoggerService {
  constructor(private readonly into: Log) {}

  log(): void {}

  warn(message: unknown): void {
    this.into.warn('the framework warns', { detail: wordsOf(message) });
  }

  error(message: unknown): void {
    this.into.error('the framework reports an error', message instanceof Error ? message : undefined, { detail: wordsOf(message) });
  }

  fatal(message: unknown): void {
    this.error(message);
  }
}

function wordsOf(message: unknown): string | null {
  return typeof message === 'string' ? message.slice(0, 500) : null;
}
