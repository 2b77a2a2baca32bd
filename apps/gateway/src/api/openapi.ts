import { Controller, Get, Header, type INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem } from '@lastgood/contracts';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { operationId, Route } from '../access/route.js';
import { SESSION_COOKIE } from '../access/session-cookie.js';
import { completeDescription } from './complete-description.js';

/** Holds the description of the API once the routes are known. */
export class ApiDescription {
  document: OpenAPIObject | null = null;
}

/** The OpenAPI 3.1 description made from the routes and their zod shapes; the readable page at `/api/docs` shows it. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Lastgood')
    .setDescription('Last-good snapshots of slow, rate-limited upstream APIs: search, history, refresh, decisions. Every data answer names its snapshot. An address that does not take a method answers it with 405 and `Allow`.')
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key, as lg_...; opaque, no JWT' }, 'key')
    .addCookieAuth(SESSION_COOKIE, { type: 'apiKey', in: 'cookie', description: 'What signing in sets; changes also need X-CSRF-Token' }, 'session')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  document.components ??= {};
  document.components.schemas ??= {};
  document.components.schemas['Problem'] = problemSchema();
  completeDescription(document);
  return document;
}

/** A shape with an id comes as a reference to a definition beside it, which would be none in the document. */
function problemSchema(): Record<string, unknown> {
  const { $defs, $schema: _, ...itself } = z.toJSONSchema(Problem) as { $defs?: Record<string, Record<string, unknown>>; $schema?: string };
  const { id: __, ...problem } = $defs?.['Problem'] ?? itself as Record<string, unknown>;
  return problem;
}

/** Makes the description and serves its readable page at `/api/docs`. */
export function serveApiDescription(app: NestFastifyApplication): void {
  const document = describeApi(app);
  app.get(ApiDescription).document = document;
  SwaggerModule.setup('api/docs', app, document, { raw: false, customSiteTitle: 'Lastgood API' });
}

@Controller('api')
export class ApiDescriptionController {
  constructor(private readonly description: ApiDescription) {}

  @Get('openapi.json')
  @Header('cache-control', 'no-cache')
  @Route({ permission: 'none', summary: 'This description' })
  openapi(): OpenAPIObject {
    if (!this.description.document) throw new Error('the description is made before the server listens');
    return this.description.document;
  }
}
