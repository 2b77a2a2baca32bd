import type { z } from 'zod';
import { ROUTES, type Operations } from './operations.js';

/** An operation by its id in the description of the API. */
export type OperationId = keyof Operations;
/** Operations whose answer is JSON, or nothing; the others give files and streams: `requestOf` says where. */
export type AskedOperation = { [O in OperationId]: Operations[O]['gives'] extends 'file' ? never : O }[OperationId];

/** A query as it is sent: numbers may be given as their text, the gateway judges them. */
type Query<S extends z.ZodType> = { [K in keyof z.input<S>]: unknown extends z.input<S>[K] ? number | string : z.input<S>[K] };
type Optional<Name extends string, T> = Partial<T> extends T ? { [K in Name]?: T } : { [K in Name]: T };
type Path<O> = O extends { path: infer P extends string } ? Record<P, string> : unknown;
type WithQuery<O> = O extends { query: infer S extends z.ZodType } ? Optional<'query', Query<S>> : unknown;
type WithBody<O> = O extends { body: infer S extends z.ZodType } ? { body: z.input<S> } : O extends { body?: infer S } ? { body?: z.input<NonNullable<S>> } : unknown;

/** What an operation takes: the parameters of its path, its `query`, its `body`. */
export type Asked<O extends OperationId> = Path<Operations[O]> & WithQuery<Operations[O]> & WithBody<Operations[O]>;
/** What an operation gives: its JSON, or undefined where the answer has no body. */
export type Given<O extends AskedOperation> = Operations[O]['gives'] extends infer S extends z.ZodType ? z.output<S> : undefined;

/** A request to the gateway, whoever sends it. */
export interface GatewayRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. */
  path: string;
  /** Absent where nothing is sent. */
  body?: unknown;
}

/** The request of an operation: every parameter encoded, of the query what is set. */
export function requestOf<O extends OperationId>(operation: O, asked: Asked<NoInfer<O>>): GatewayRequest {
  const { query = {}, body, ...parameters } = asked as { query?: Record<string, unknown>; body?: unknown } & Record<string, unknown>;
  const [method, pattern] = ROUTES[operation];
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters[name])));
  const set = Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]);
  return { method, path: set.length === 0 ? path : `${path}?${new URLSearchParams(set)}`, ...(body === undefined ? {} : { body }) };
}
