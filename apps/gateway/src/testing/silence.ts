import { Log } from '@lastgood/service-runtime';

/** Keeps nothing of what it is told. */
export class Silence extends Log {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  with(): Log {
    return this;
  }
}
