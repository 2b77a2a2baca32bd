import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { authSchema, districtChangeSchema } from '../options.js';
import { quirkListSchema, quirkSchema } from '../quirks/quirk.js';
import type { SimulatorState } from '../simulator-state.js';

/** Parses a control request's body, or answers 400 with what is wrong and returns undefined. */
function read<T>(schema: z.ZodType<T>, body: unknown, reply: FastifyReply): T | undefined {
  let value = body;
  if (typeof body === 'string') {
    try {
      value = JSON.parse(body);
    } catch {
      void reply.code(400).send({ error: 'The body is not JSON.' });
      return undefined;
    }
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  void reply.code(400).send({ error: z.prettifyError(parsed.error) });
  return undefined;
}

const rotationSchema = z.strictObject({
  /** Number of the ClassLink application, from 0; without it the bearer of the direct paths. */
  application: z.int().min(0).max(9999).optional(),
});

/** The control API under `/_control`: quirks, district, auth, bearers and the requests seen. */
export function addControlRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.get('/_control/quirks', () => state.quirks.list());
  app.put('/_control/quirks', (request, reply) => {
    const quirks = read(quirkListSchema, request.body, reply);
    if (quirks === undefined) return reply;
    state.quirks.replace(quirks);
    state.forgetMovements();
    return state.quirks.list();
  });
  app.post('/_control/quirks', (request, reply) => {
    const quirk = read(quirkSchema, request.body, reply);
    if (quirk === undefined) return reply;
    state.quirks.add(quirk);
    return state.quirks.list();
  });
  app.get('/_control/district', () => districtOf(state));
  app.put('/_control/district', (request, reply) => {
    const change = read(districtChangeSchema, request.body, reply);
    if (change === undefined) return reply;
    state.changeDistrict(change);
    return districtOf(state);
  });
  app.put('/_control/auth', (request, reply) => {
    const auth = read(authSchema, request.body, reply);
    if (auth === undefined) return reply;
    state.changeAuth(auth);
    return { kind: auth.kind };
  });
  app.post('/_control/rotate', (request, reply) => {
    const rotation = read(rotationSchema, request.body, reply);
    if (rotation === undefined) return reply;
    const { application } = rotation;
    if (application === undefined) return { bearer: state.authenticator.rotate() ?? null };
    if (application >= state.classLink.count) return reply.code(404).send({ error: 'There is no such application.' });
    return { bearer: state.classLink.bearer(application).rotate() };
  });
  app.get('/_control/requests', () => state.log.summary());
  app.delete('/_control/requests', () => {
    state.log.clear();
    return state.log.summary();
  });
}

function districtOf({ settings: { districtId, seed, people, night } }: SimulatorState) {
  return { districtId, seed, people, night };
}
