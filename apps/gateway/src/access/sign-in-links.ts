import type { Terminal } from '@lastgood/service-runtime';
import type { SessionBook } from './session-book.js';

/** Shows whoever starts the product a link that signs in once. */
export class SignInLinks {
  constructor(private readonly wanted: boolean, private readonly sessions: SessionBook, private readonly terminal: Terminal) {}

  /** `url` is where the gateway listens. */
  async show(url: string): Promise<void> {
    if (!this.wanted) return;
    // Behind #: browsers send it to nobody, so it stands in no log.
    const link = new URL(`/sign-in#${await this.sessions.makeLink()}`, url);
    if (link.hostname === '0.0.0.0' || link.hostname === '[::]') link.hostname = 'localhost';
    this.terminal.say(`sign in    ${link} (works once, for 15 minutes)`);
  }
}
