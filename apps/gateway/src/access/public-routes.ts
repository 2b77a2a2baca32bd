import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import type { z } from 'zod';
import type { Permission } from './permissions.js';
import { DESCRIPTION_KEY, operationId, PERMISSION_KEY, shapeOf, type RouteDescription } from './route.js';

/** A route as it is declared. */
export interface PublicRoute {
  /** Its id in the description of the API. */
  operation: string;
  method: string;
  /** With its parameters as `{name}`. */
  path: string;
  /** Undefined when none is declared; such a route refuses to start. */
  permission: Permission | 'none' | undefined;
  summary: string;
  /** Shapes of what it takes and gives; undefined where there is none. */
  query: z.core.$ZodType | undefined;
  body: z.core.$ZodType | undefined;
  answer: z.ZodType | undefined;
  /** Success status. */
  status: number;
}

/** Every route of the controllers, read from what is declared beside them, in order of declaration. */
export function publicRoutes(controllers: readonly Type[]): PublicRoute[] {
  return controllers.flatMap((controller) => {
    const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
    const prototype = controller.prototype as Record<string, object>;
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name] as object;
      if (!Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
      const { summary, answer, status = 200 } = (Reflect.getMetadata(DESCRIPTION_KEY, handler) ?? {}) as Partial<RouteDescription>;
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      return [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat().map((path): PublicRoute => ({
        operation: operationId(controller.name, name),
        method,
        path: `/${prefix}/${path}`.replaceAll(/\/{2,}/g, '/').replace(/(.)\/$/, '$1').replaceAll(/:(\w+)/g, '{$1}'),
        permission: Reflect.getMetadata(PERMISSION_KEY, handler) as Permission | 'none' | undefined,
        summary: summary ?? '',
        query: shapeOf(controller, name, 'QUERY'),
        body: shapeOf(controller, name, 'BODY'),
        answer,
        status,
      }));
    });
  });
}
