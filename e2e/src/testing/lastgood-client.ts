import { setTimeout as delay } from 'node:timers/promises';
import { DistrictStatus, FINAL_PHASES, RefreshAnswer, Run } from '@lastgood/contracts';
import type { z } from 'zod';

export const ADMIN_TOKEN = 'end-to-end-admin-token-0123456789-abcdef';
export const DISTRICT = 'lakeside';
export const SOURCE = 'sis';
/** A replica whose way to the broker was cut opens it again after up to 10 s, and reads the log then. */
export const HEARD_WITHIN_MS = 60_000;

/** A Lastgood to be started, and spoken to over HTTP only, as an admin of one district with one source. */
export abstract class LastgoodClient {
  /** Address of the gateway, without a slash at the end. */
  abstract get url(): string;
  /** Everything that the gateway's process has printed since its last start. */
  abstract get output(): string;
  /** Starts everything and waits until it is ready; gives the milliseconds that took. */
  abstract start(): Promise<number>;
  /** Ends everything as an operator does; 0 when it ended well. */
  abstract stop(): Promise<number | null>;
  /** Ends everything and deletes what it kept. */
  abstract close(): Promise<void>;

  /** Asks the gateway, or another one that is named. */
  fetch(path: string, init: RequestInit = {}, url = this.url): Promise<Response> {
    return fetch(url + path, { ...init, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(init.body ? { 'content-type': 'application/json' } : {}), ...(init.headers as Record<string, string>) } });
  }

  /** A JSON answer; anything but success throws with the problem's words. */
  async get<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> {
    return schema.parse(await successOf(await this.fetch(path)));
  }

  async post<S extends z.ZodType>(schema: S, path: string, body: unknown = {}): Promise<z.infer<S>> {
    return schema.parse(await successOf(await this.fetch(path, { method: 'POST', body: JSON.stringify(body) })));
  }

  /** Asks for a refresh; gives the run that was started or joined. */
  async request(district = DISTRICT): Promise<Run> {
    const answer = await this.post(RefreshAnswer, `/api/v1/snapshots/${district}/refresh`, { source: SOURCE });
    const [first] = answer.runs;
    if (!first) throw new Error('a refresh answers with its run');
    return first.run;
  }

  /** A refresh from its request to its end. */
  async refresh(limitMs = 120_000, district = DISTRICT): Promise<Run> {
    return this.endOf((await this.request(district)).id, limitMs);
  }

  /** A service that has just come back may refuse for a moment; whoever is told to ask again does. */
  async endOf(run: string, limitMs = 120_000): Promise<Run> {
    let last: Run | null = null;
    await until(async () => {
      last = await this.get(Run, `/api/v1/runs/${run}`).catch(unlessRetryable);
      return last !== null && FINAL_PHASES.includes(last.phase);
    }, limitMs, `the run ${run} to end`, 50);
    const { district, logNumber } = last as unknown as Run;
    await until(() => this.hasHeard(district, logNumber ?? 0), HEARD_WITHIN_MS, 'the read side to hear of the end');
    return last as unknown as Run;
  }

  /** True when whoever reads gets the log of the district up to this number. */
  protected async hasHeard(district: string, logNumber: number): Promise<boolean> {
    return ((await this.get(DistrictStatus, `/api/v1/snapshots/${district}/status`)).sources[0]?.logNumber ?? 0) >= logNumber;
  }
}

export async function successOf(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body;
}

/** Null for a problem that says that asking again helps. */
export function unlessRetryable(error: unknown): null {
  if (String(error).includes('"retryable":true')) return null;
  throw error;
}

/** Waits for a condition; throws with its name after `limitMs`. */
export async function until(condition: () => Promise<boolean> | boolean, limitMs: number, name: string, everyMs = 50): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms for ${name}`);
    await delay(everyMs);
  }
}
