import { applyDecorators, HttpCode, Query, SetMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { Problem } from '@lastgood/contracts';
import { z } from 'zod';
import type { Permission } from './permissions.js';

export const PERMISSION_KEY = 'lastgood:permission';
export const SUMMARY_KEY = 'lastgood:summary';

interface RouteDescription {
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

const NoQuery = z.strictObject({});

/** Gives a route that declares no query the empty one: a parameter that it would ignore is refused, as on every other route. */
const refuseUndeclaredQuery: MethodDecorator = (target, name, { value }: PropertyDescriptor) => {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, name) ?? {}) as Record<string, { index: number }>;
  if (Object.keys(declared).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`))) return;
  const next = Math.max((value as () => unknown).length, ...Object.values(declared).map(({ index }) => index + 1));
  Query({ schema: NoQuery })(target, name, next);
};

/** Declares a route of the public API: its permission, its documentation, its success status. A route without it is refused at start; one without `@Query` takes no query. */
export function Route({ permission, summary, answer, produces, status = 200 }: RouteDescription): MethodDecorator {
  const success = answer
    ? ApiResponse({ status, description: 'Success', standardSchema: answer })
    : ApiResponse({ status, description: 'Success', ...(produces ? { content: { [produces]: { schema: { type: 'string' } } } } : {}) });
  const problem = (code: number, description: string): MethodDecorator =>
    ApiResponse({ status: code, description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }) as MethodDecorator;
  return applyDecorators(
    SetMetadata(PERMISSION_KEY, permission),
    SetMetadata(SUMMARY_KEY, summary),
    HttpCode(status),
    refuseUndeclaredQuery,
    ApiOperation({ summary }),
    success,
    problem(400, 'A parameter is wrong; `errors` names it'),
    ...(permission === 'none' ? [] : [ApiBearerAuth('key'), problem(401, 'No key'), problem(403, 'Bad key, or one that may not do this'), problem(404, 'No such thing, or not for this key'), problem(429, 'Too many requests')]),
    problem(503, 'Not available now; `retryable` says whether to ask again'),
  );
}

/** The schema that `$ref: '#/components/schemas/Problem'` means. */
export const problemSchema = Problem;
