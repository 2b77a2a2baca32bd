import { SetMetadata, type CanActivate, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { ServiceError } from '@lastgood/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { validated, type Schema } from './schema-pipe.js';

const DIRECT_KEY = 'lastgood:direct';
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
type Argument = (request: FastifyRequest, reply: FastifyReply) => unknown;
type Method = (...args: unknown[]) => unknown;
interface Parameter {
  index: number;
  data?: string;
  schema?: Schema;
  pipes: readonly unknown[];
}

/**
 * Marks a GET that Fastify calls without Nest's pipeline between: of a search, the observables and the promise per guard, pipe and parameter
 * took more time than the search. Everything else stays: the declaration, the global guards, the schemas, the problems. The method answers through `@Res()`, and
 * takes request, reply, queries, path parameters and headers only.
 */
export const Direct = (): MethodDecorator => SetMetadata(DIRECT_KEY, true);

/** Gives every `@Direct` route of an application that is not initialised yet its direct handler; the function given back throws when Nest left one out. */
export function serveDirectly(app: NestFastifyApplication): () => void {
  const handlers = new Map<string, Handler>();
  const guards = app.get(ApplicationConfig).getGlobalGuards();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { instance, metatype } of module.controllers.values()) {
      for (const [path, handler] of directHandlers(instance as object, metatype as Type, guards)) handlers.set(path, handler);
    }
  }
  app.getHttpAdapter().getInstance().addHook('onRoute', (route) => {
    const handler = route.method === 'GET' ? handlers.get(route.url) : undefined;
    if (handler === undefined) return;
    route.handler = handler;
    handlers.delete(route.url);
  });
  return () => {
    if (handlers.size > 0) throw new Error(`These direct routes were not registered: ${[...handlers.keys()].join(', ')}`);
  };
}

function directHandlers(instance: object, controller: Type, guards: readonly CanActivate[]): [path: string, handler: Handler][] {
  const prefix = String(Reflect.getMetadata(PATH_METADATA, controller));
  return new MetadataScanner().getAllMethodNames(controller.prototype as object).flatMap((name) => {
    const method = (controller.prototype as Record<string, Method>)[name] as Method;
    if (Reflect.getMetadata(DIRECT_KEY, method) === undefined || !Reflect.hasMetadata(METHOD_METADATA, method)) return [];
    const handler = directHandler(instance, controller, name, method, guards);
    return [Reflect.getMetadata(PATH_METADATA, method) as string | string[]].flat().map((path): [string, Handler] => [`/${prefix}/${path}`, handler]);
  });
}

function directHandler(instance: object, controller: Type, name: string, method: Method, guards: readonly CanActivate[]): Handler {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as Record<string, Parameter>;
  const args: Argument[] = [];
  for (const [key, parameter] of Object.entries(parameters)) args[parameter.index] = argumentOf(Number(key.split(':')[0]), parameter, `${controller.name}.${name}`);
  return async (request, reply) => {
    const context = new ExecutionContextHost([request, reply], controller, method);
    for (const guard of guards) if (!(await guard.canActivate(context))) throw new ServiceError('denied', 'forbidden', 'This key may not do this.');
    await method.apply(instance, args.map((argument) => argument(request, reply)));
    return reply;
  };
}

function argumentOf(type: number, { data, schema, pipes }: Parameter, route: string): Argument {
  const read = readerOf(type, data);
  if (read === undefined || pipes.length > 0) throw new Error(`${route} cannot be a direct route: it takes what only Nest can give`);
  return schema === undefined ? read : (request, reply) => validated(schema, read(request, reply), data);
}

function readerOf(type: number, data: string | undefined): Argument | undefined {
  const part = (values: unknown): unknown => (data === undefined ? values : (values as Record<string, unknown>)[data]);
  switch (type) {
    case RouteParamtypes.REQUEST: return (request) => request;
    case RouteParamtypes.RESPONSE: return (_request, reply) => reply;
    case RouteParamtypes.QUERY: return (request) => part(request.query);
    case RouteParamtypes.PARAM: return (request) => part(request.params);
    case RouteParamtypes.HEADERS: return (request) => part(request.headers);
    default: return undefined;
  }
}
