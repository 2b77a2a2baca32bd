import { applyDecorators, HttpCode, Query, SetMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ApiBearerAuth, ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { Problem } from '@lastgood/contracts';
import { z } from 'zod';
import { PERMISSION_WORDS, type Permission } from './permissions.js';

export const PERMISSION_KEY = 'lastgood:permission';
export const DESCRIPTION_KEY = 'lastgood:description';

/** Id of an operation, in the description of the API and in the audit trail. */
export function operationId(controller: string, method: string): string {
  return `${controller.replace('Controller', '').toLowerCase()}_${method}`;
}

/** What a route says of itself. */
export interface RouteDescription {
  /** `none` for what anybody may read: the description of the API. */
  permission: Permission | 'none';
  summary: string;
  /** Shape of the answer's body; absent when it is no JSON. */
  answer?: z.ZodType;
  /** Media type of the answer when it is no JSON. */
  produces?: string;
  /** Success status, 200 unless said otherwise. */
  status?: 200 | 201 | 202 | 204;
}

export const PERMISSION_EXTENSION = 'x-lastgood-permission';
export const OPTIONAL_BODY_EXTENSION = 'x-lastgood-optional-body';

const NoQuery = z.strictObject({});

interface Argument {
  index: number;
  schema?: z.core.$ZodType;
}

/** The declared arguments of a route by `kind:index`. */
const argumentsOf = (controller: object, name: string | symbol): Record<string, Argument> => (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, Argument>;

/** The shape of a route's query or body; undefined where it takes none. */
export function shapeOf(controller: object, name: string, kind: 'QUERY' | 'BODY'): z.core.$ZodType | undefined {
  const shape = Object.entries(argumentsOf(controller, name)).find(([key]) => key.startsWith(`${RouteParamtypes[kind]}:`))?.[1].schema;
  return shape === NoQuery ? undefined : shape;
}

/** Whether a body of this shape may be absent. */
export const mayBeLeftOut = (body: z.core.$ZodType | undefined): boolean => body !== undefined && z.safeParse(body, undefined).success;

/** A body whose schema takes none is described as one that may be left out. */
const describeOptionalBody: MethodDecorator = (target, name, descriptor) => {
  if (mayBeLeftOut(shapeOf(target.constructor, String(name), 'BODY'))) (ApiExtension(OPTIONAL_BODY_EXTENSION, true) as MethodDecorator)(target, name, descriptor);
};

/** Gives a route that declares no query the empty one: a parameter that it would ignore is refused, as on every other route. */
const refuseUndeclaredQuery: MethodDecorator = (target, name, { value }: PropertyDescriptor) => {
  const declared = argumentsOf(target.constructor, name);
  if (Object.keys(declared).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`))) return;
  const next = Math.max((value as () => unknown).length, ...Object.values(declared).map(({ index }) => index + 1));
  Query({ schema: NoQuery })(target, name, next);
};

/** Declares a route of the public API: its permission, its documentation, its success status. A route without it is refused at start; one without `@Query` takes no query. */
export function Route(description: RouteDescription): MethodDecorator {
  const { permission, summary, answer, produces, status = 200 } = description;
  const success = answer
    ? ApiResponse({ status, description: 'Success', standardSchema: answer })
    : ApiResponse({ status, description: 'Success', ...(produces ? { content: { [produces]: { schema: { type: 'string' } } } } : {}) });
  return applyDecorators(
    SetMetadata(PERMISSION_KEY, permission),
    SetMetadata(DESCRIPTION_KEY, description),
    HttpCode(status),
    refuseUndeclaredQuery,
    ApiOperation({ summary, description: permission === 'none' ? 'Open to everybody who reaches this server.' : `Needs the permission \`${permission}\`: ${PERMISSION_WORDS[permission]}.` }),
    ApiExtension(PERMISSION_EXTENSION, permission),
    success,
    ...(permission === 'none' ? [] : [ApiBearerAuth('key')]),
    describeOptionalBody,
  );
}

/** The schema that `$ref: '#/components/schemas/Problem'` means. */
export const problemSchema = Problem;
