import { setTimeout } from 'node:timers/promises';
import { Problem, Run } from '@lastgood/contracts';
import { ANSWERS, requestOf, type Asked, type AskedOperation, type GatewayRequest, type Given, type OperationId } from '@lastgood/gateway-client';
import type { z } from 'zod';
import { CommandError, EXIT } from './exit-codes.js';

const VERSION = '0.1.0';
const RECONNECT_MS = 1_000;
const MAX_RECONNECTS = 60;

export interface ClientOptions {
  url: string;
  key: string | undefined;
}

/** The gateway's API for the commands. Answers are checked against the shapes of contracts. */
export class GatewayClient {
  constructor(private readonly options: ClientOptions) {}

  /** What an operation gives. */
  async ask<O extends AskedOperation>(operation: O, asked: Asked<NoInfer<O>>): Promise<Given<O>> {
    const request = requestOf(operation, asked);
    const answer = await this.#call(request);
    const shape = (ANSWERS as Partial<Record<AskedOperation, z.ZodType>>)[operation];
    return (shape === undefined ? undefined : shaped(shape, request.path, await answer.json())) as Given<O>;
  }

  /** The lines of an answer of any length. */
  async *lines<O extends OperationId>(operation: O, asked: Asked<NoInfer<O>>): AsyncIterable<string> {
    const answer = await this.#call(requestOf(operation, asked));
    if (!answer.body) return;
    let rest = '';
    try {
      for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    } catch {
      throw new CommandError(EXIT.unavailable, 'The connection to the gateway broke.');
    }
    if (rest !== '') yield rest;
  }

  /** States of a run as they come by server-sent events; ends with its final state. Comes back when the line drops, for a minute. */
  async *follow(run: string): AsyncIterable<Run> {
    const request = requestOf('runs_events', { run });
    let lastEventId: string | undefined;
    for (let failures = 0; ; failures += 1) {
      if (failures > 0) await setTimeout(RECONNECT_MS);
      try {
        const answer = await this.#call(request, { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) });
        for await (const event of eventsOf(answer)) {
          failures = 0;
          lastEventId = event.id ?? lastEventId;
          if (event.data === '') continue;
          yield shaped(Run, request.path, JSON.parse(event.data));
          if (event.event === 'end') return;
        }
      } catch (error) {
        const away = error instanceof CommandError && error.exitCode === EXIT.unavailable;
        if (!away || failures >= MAX_RECONNECTS) throw error;
      }
    }
  }

  async #call({ method, path, body }: GatewayRequest, headers: Record<string, string> = {}): Promise<Response> {
    const { url, key } = this.options;
    let answer: Response;
    try {
      answer = await fetch(new URL(path, url), {
        method,
        headers: {
          'user-agent': `lastgood-cli/${VERSION}`,
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new CommandError(EXIT.unavailable, `The gateway at ${new URL(url).origin} cannot be reached. Is it running? Set LASTGOOD_URL when it is elsewhere.`);
    }
    if (answer.ok) return answer;
    throw await errorOf(answer);
  }
}

/** The answer in the shape that this version knows; a gateway of another version is told apart from a defect. */
function shaped<S extends z.ZodType>(schema: S, path: string, body: unknown): z.infer<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, 3).map((issue) => issue.path.join('.') || 'body').join(', ');
  throw new CommandError(EXIT.unexpected, `The gateway's answer to ${path} has a shape that this command (${VERSION}) does not know (${fields}). Are both of the same version?`);
}

async function errorOf(answer: Response): Promise<CommandError> {
  const problem = Problem.safeParse(await answer.json().catch(() => null));
  const detail = problem.success ? problem.data.detail : `The gateway answered ${answer.status}.`;
  const fields = problem.success ? (problem.data.errors ?? []).map(({ field, message }) => `  ${field}: ${message}`) : [];
  return new CommandError(exitCodeOf(answer.status), detail, ...fields, ...(answer.status === 401 ? ['Set LASTGOOD_KEY.'] : []));
}

function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.denied;
  if (status === 404 || status === 410) return EXIT.notFound;
  if (status === 409) return EXIT.conflict;
  if (status === 400) return EXIT.usage;
  return status === 429 || status >= 502 ? EXIT.unavailable : EXIT.unexpected;
}

interface ServerSentEvent {
  id: string | undefined;
  event: string;
  data: string;
}

async function* eventsOf(answer: Response): AsyncIterable<ServerSentEvent> {
  if (!answer.body) return;
  let rest = '';
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new CommandError(EXIT.unavailable, 'The connection to the gateway broke.');
      });
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) yield eventOf(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function eventOf(block: string): ServerSentEvent {
  const field = (name: string): string | undefined => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return { id: field('id'), event: field('event') ?? 'message', data: field('data') ?? '' };
}
