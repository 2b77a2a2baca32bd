/** What fault tests may do to a server; present where the server is ours to break (a private process or a container). */
export interface Faults {
  /** Stops answering but keeps its connections open, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** SIGKILL; resolves once its port refuses connections. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with the same data and address; resolves once it answers. */
  restart(): Promise<void>;
}

/** No server can be had on this machine; the message says what was tried and what to do. */
export class ServerUnavailable extends Error {
  constructor(what: string, readonly tried: readonly string[]) {
    super(`${what} is not available: ${tried.join('; ')}`);
    this.name = 'ServerUnavailable';
  }
}
