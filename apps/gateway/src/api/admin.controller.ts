import { Body, Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { CreatedKey, KeysAnswer, NewKeyBody, ParkedAnswer, ParkedQuery, ServiceError } from '@lastgood/contracts';
import { EventBus } from '@lastgood/event-bus';
import { Districts } from '@lastgood/service-runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { KeyRing } from '../access/key-ring.js';
import { Route } from '../access/route.js';
import { SessionBook } from '../access/session-book.js';
import { AuditedChanges } from '../audit/audited-changes.js';
import { noteAbout } from '../audit/request-facts.js';
import { Answers } from './answers.js';

const MessageId = z.string().min(1).max(128).regex(/^[A-Za-z0-9._-]+$/);

/** Parked messages and keys. */
@Controller('api/v1/admin')
export class AdminController {
  constructor(private readonly bus: EventBus, private readonly keys: KeyRing, private readonly sessions: SessionBook, private readonly districts: Districts, private readonly changes: AuditedChanges) {}

  @Get('parked')
  @Route({ permission: 'administer', summary: 'Messages that no try could handle, oldest first', answer: ParkedAnswer })
  async parked(@Query({ schema: ParkedQuery }) query: z.infer<typeof ParkedQuery>): Promise<z.infer<typeof ParkedAnswer>> {
    return { items: await this.bus.parked.list(query.limit) };
  }

  @Post('parked/:message/replay')
  @Route({ permission: 'administer', summary: 'Give a parked message back to its service', status: 204 })
  async replay(@Param('message', { schema: MessageId }) message: string): Promise<void> {
    if (!(await this.bus.parked.replay(message))) throw noSuchMessage();
  }

  @Delete('parked/:message')
  @Route({ permission: 'administer', summary: 'Drop a parked message for good', status: 204 })
  async drop(@Param('message', { schema: MessageId }) message: string): Promise<void> {
    if (!(await this.bus.parked.drop(message))) throw noSuchMessage();
  }

  @Get('keys')
  @Route({ permission: 'administer', summary: 'Keys, never their values', answer: KeysAnswer })
  async list(): Promise<KeysAnswer> {
    return { items: await this.keys.list() };
  }

  @Answers({ problems: [404] })
  @Post('keys')
  @Route({ permission: 'administer', summary: 'Make a key; its value is shown this once', answer: CreatedKey, status: 201 })
  async create(@Body({ schema: NewKeyBody }) body: NewKeyBody, @Req() request: FastifyRequest): Promise<CreatedKey> {
    for (const district of body.districts ?? []) this.districts.get(district);
    const made = await this.changes.make(request, (db) => this.keys.create(body, db));
    noteAbout(request, `key ${made.id}, ${made.role}`);
    return made;
  }

  @Delete('keys/:key')
  @Route({ permission: 'administer', summary: 'Take a key out of use; its sessions end', status: 204 })
  async revoke(@Param('key', { schema: z.uuid() }) key: string, @Req() request: FastifyRequest): Promise<void> {
    noteAbout(request, `key ${key}`);
    const hash = await this.changes.make(request, async (db) => {
      const first = await this.keys.firstAdminKey(db);
      const revoked = await this.keys.revoke(key, db);
      await this.sessions.endOfKey(revoked, db);
      if (revoked === first) await this.sessions.endOfLinks(db);
      return revoked;
    });
    this.keys.forget(hash);
  }
}

function noSuchMessage(): ServiceError {
  return new ServiceError('not-found', 'unknown_message', 'There is no parked message of this id; GET /api/v1/admin/parked lists them.');
}
