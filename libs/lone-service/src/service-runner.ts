import type { ServiceName } from '@lastgood/contracts';

/** What a service is started with. */
export interface RunnerOptions {
  service: ServiceName;
  /** Complete: nothing of the test's own environment reaches the service. */
  environment: Record<string, string>;
  /** Text of `lastgood.yaml`. */
  districts: string;
  /** Where it shall listen on 127.0.0.1. */
  port: number;
}

/** One run of a service, as a process or as a container, from its start to its end. */
export interface Running {
  /** Everything it has printed. */
  output(): string;
  /** False once it has ended by itself or by a signal. */
  isAlive(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Waits until it has ended by itself; its exit code. */
  ended(): Promise<number | null>;
}

/** The variable with the port of each service. */
export const PORT_VARIABLES: Readonly<Record<ServiceName, string>> = { gateway: 'PORT', fetcher: 'LASTGOOD_FETCHER_PORT', writer: 'LASTGOOD_WRITER_PORT', search: 'LASTGOOD_SEARCH_PORT' };
