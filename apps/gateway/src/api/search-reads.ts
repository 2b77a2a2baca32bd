import { AT_LEAST_HEADER, LOG_HEADER, PublishedAnswer, readLogNumbers, ReadStatus, ServiceError, UNPUBLISHED_HEADER, writeLogNumbers, type DecisionAnswer } from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../access/access.guard.js';
import { may, type Principal } from '../access/permissions.js';
import type { AnswerHeaders, Call, InternalService } from './internal-service.js';
import { newest, SeenLogs } from './seen-logs.js';

/**
 * Reads of a district, asked of its replicas of the search service. What a client has seen, here or as it says itself in `Lastgood-At-Least`, goes along, so that no
 * replica answers it from before that.
 */
export class SearchReads {
  readonly #seen = new SeenLogs();

  constructor(private readonly search: InternalService) {}

  /** Answers with what the service answers to `path` below the district, byte for byte. */
  forward(request: FastifyRequest, reply: FastifyReply, district: string, path: string): Promise<void> {
    return this.search.forward(reply, `/internal/districts/${district}/${path}`, this.#callOf(request, district, true));
  }

  /** The same for bodies of any length. */
  stream(request: FastifyRequest, reply: FastifyReply, district: string, path: string): Promise<void> {
    return this.search.stream(reply, `/internal/districts/${district}/${path}`, this.#callOf(request, district, true));
  }

  /** The read side's part of a district's status. */
  status(request: FastifyRequest, district: string): Promise<ReadStatus> {
    return this.search.json(ReadStatus, `/internal/districts/${district}/status`, this.#callOf(request, district, false));
  }

  /** Whether a source ever published a snapshot, by its log as it is now. */
  published(district: string, source: string): Promise<PublishedAnswer> {
    return this.search.json(PublishedAnswer, `/internal/districts/${district}/sources/${source}/published`, { district });
  }

  /** A client was told of a record: its reads from now on reflect it. */
  saw({ keyId }: Principal, { district, source, logNumber }: DecisionAnswer): void {
    this.#seen.saw(keyId, district, writeLogNumbers([[source, logNumber]]));
  }

  #callOf(request: FastifyRequest, district: string, conditional: boolean): Call {
    const caller = callerOf(request);
    const client = caller.keyId;
    const atLeast = merged(this.#seen.atLeast(client, district), request.headers[AT_LEAST_HEADER]);
    const etag = conditional ? request.headers['if-none-match'] : undefined;
    return {
      district,
      headers: { ...(atLeast === undefined ? {} : { [AT_LEAST_HEADER]: atLeast }), ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      answered: (headers: AnswerHeaders) => {
        if (headers[UNPUBLISHED_HEADER] === 'true' && !may(caller, 'decide')) throw new ServiceError('denied', 'not_published', 'This snapshot was never published; looking at it needs the permission "decide".');
        const numbers = headers[LOG_HEADER];
        if (typeof numbers === 'string') this.#seen.saw(client, district, numbers);
      },
    };
  }
}

/** What is remembered and what the client says, the newer of both. Throws `invalid_request` for what cannot be read. */
function merged(remembered: string | undefined, said: string | string[] | undefined): string | undefined {
  if (said === undefined) return remembered;
  const numbers = readLogNumbers(String(said));
  if (numbers === null) throw new ServiceError('invalid', 'invalid_request', 'The header Lastgood-At-Least takes the value of a Lastgood-Log, as sis=12.', { errors: [{ field: 'Lastgood-At-Least', message: 'as sis=12, classlink=7' }] });
  const known = remembered === undefined ? null : readLogNumbers(remembered);
  return known === null ? writeLogNumbers(numbers) : writeLogNumbers(newest(known, numbers));
}
