import { Body, Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { CreatedKey, KeysAnswer, NewKeyBody, ParkedAnswer, ParkedQuery, ServiceError } from '@lastgood/contracts';
import { EventBus } from '@lastgood/event-bus';
import { Districts } from '@lastgood/service-runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Caller } from '../access/access.guard.js';
import { KeyRing } from '../access/key-ring.js';
import { covers, type Principal } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { SessionBook } from '../access/session-book.js';
import { AuditedChanges } from '../audit/audited-changes.js';
import { noteAbout } from '../audit/request-facts.js';
import { Answers } from './answers.js';

const MessageId = z.string().min(1).max(128).regex(/^[A-Za-z0-9._-]+$/);

/** Parked messages and keys. A key of some districts handles keys of these only, and no parked messages: they are of all. */
@Controller('api/v1/admin')
export class AdminController {
  constructor(private readonly bus: EventBus, private readonly keys: KeyRing, private readonly sessions: SessionBook, private readonly districts: Districts, private readonly changes: AuditedChanges) {}

  @Get('parked')
  @Route({ permission: 'administer', summary: 'Messages that no try could handle, oldest first; for keys of all districts, as are the two below', answer: ParkedAnswer })
  async parked(@Query({ schema: ParkedQuery }) query: z.infer<typeof ParkedQuery>, @Caller() caller: Principal): Promise<z.infer<typeof ParkedAnswer>> {
    refuseLimited(caller);
    return { items: await this.bus.parked.list(query.limit) };
  }

  @Post('parked/:message/replay')
  @Route({ permission: 'administer', summary: 'Give a parked message back to its service', status: 204 })
  async replay(@Param('message', { schema: MessageId }) message: string, @Caller() caller: Principal): Promise<void> {
    refuseLimited(caller);
    if (!(await this.bus.parked.replay(message))) throw noSuchMessage();
  }

  @Delete('parked/:message')
  @Route({ permission: 'administer', summary: 'Drop a parked message for good', status: 204 })
  async drop(@Param('message', { schema: MessageId }) message: string, @Caller() caller: Principal): Promise<void> {
    refuseLimited(caller);
    if (!(await this.bus.parked.drop(message))) throw noSuchMessage();
  }

  @Get('keys')
  @Route({ permission: 'administer', summary: 'Keys whose districts this key may see, never their values', answer: KeysAnswer })
  async list(@Caller() caller: Principal): Promise<KeysAnswer> {
    return { items: await this.keys.list(caller) };
  }

  @Answers({ problems: [404] })
  @Post('keys')
  @Route({ permission: 'administer', summary: 'Make a key, of no more districts than this key may see; its value is shown this once', answer: CreatedKey, status: 201 })
  async create(@Body({ schema: NewKeyBody }) body: NewKeyBody, @Caller() caller: Principal, @Req() request: FastifyRequest): Promise<CreatedKey> {
    this.#refuseWider(caller, body.districts);
    const made = await this.changes.make(request, (db) => this.keys.create(body, db));
    noteAbout(request, `key ${made.id}, ${made.role}`);
    return made;
  }

  @Delete('keys/:key')
  @Route({ permission: 'administer', summary: 'Take a key out of use whose districts this key may see; its sessions end', status: 204 })
  async revoke(@Param('key', { schema: z.uuid() }) key: string, @Caller() caller: Principal, @Req() request: FastifyRequest): Promise<void> {
    noteAbout(request, `key ${key}`);
    const hash = await this.changes.make(request, async (db) => {
      const first = await this.keys.firstAdminKey(db);
      const revoked = await this.keys.revoke(key, caller, db);
      await this.sessions.endOfKey(revoked, db);
      if (revoked === first) await this.sessions.endOfLinks(db);
      return revoked;
    });
    this.keys.forget(hash);
  }

  /** Throws as for an absent district where the caller's do not cover one. */
  #refuseWider(caller: Principal, districts: readonly string[] | null): void {
    if (districts === null && caller.districts !== null) throw new ServiceError('invalid', 'districts_required', 'This key may see some districts only: name those of the new key, all of them among its own.', { errors: [{ field: 'districts', message: 'required for this key' }] });
    for (const district of districts ?? []) {
      this.districts.get(district);
      if (!covers(caller, district)) throw new ServiceError('not-found', 'unknown_district', 'There is no such district, or this key may not see it.');
    }
  }
}

function refuseLimited({ districts }: Principal): void {
  if (districts !== null) throw new ServiceError('denied', 'all_districts_needed', 'Parked messages are of all districts; this key may see some only.');
}

function noSuchMessage(): ServiceError {
  return new ServiceError('not-found', 'unknown_message', 'There is no parked message of this id; GET /api/v1/admin/parked lists them.');
}
