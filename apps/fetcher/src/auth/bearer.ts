import type { Authorization } from '../upstream/upstream-client.js';

/** Calls without credentials. */
export class NoAuthorization implements Authorization {
  async headersFor(): Promise<Record<string, string>> {
    return {};
  }

  async renew(): Promise<boolean> {
    return false;
  }
}

/** A token that never changes. */
export class StaticBearer implements Authorization {
  constructor(private readonly token: string) {}

  async headersFor(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${this.token}` };
  }

  async renew(): Promise<boolean> {
    return false;
  }
}
