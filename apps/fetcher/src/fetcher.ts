import type { OnModuleDestroy } from '@nestjs/common';
import type { Agent } from 'undici';
import type { LiveLookUps } from './live/live-look-ups.js';
import type { FetchRuns } from './pull/fetch-runs.js';
import type { UpstreamHosts } from './upstream/upstream-host.js';

/** The pulls and live look-ups of this service with everything they hold open. */
export class Fetcher implements OnModuleDestroy {
  constructor(readonly runs: FetchRuns, readonly live: LiveLookUps, private readonly hosts: UpstreamHosts, private readonly agents: readonly Agent[]) {}

  /** Ends the pulls, whose runs another fetcher takes over, and every connection. */
  async onModuleDestroy(): Promise<void> {
    this.live.close();
    await this.runs.stop();
    this.hosts.close();
    await Promise.all(this.agents.map((agent) => agent.destroy()));
  }
}
