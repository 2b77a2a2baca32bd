import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import type { Permission } from './permissions.js';
import { PERMISSION_KEY, SUMMARY_KEY } from './route.js';

/** A route as it is declared. */
export interface PublicRoute {
  method: string;
  /** With its parameters as `{name}`. */
  path: string;
  /** Undefined when none is declared; such a route refuses to start. */
  permission: Permission | 'none' | undefined;
  summary: string;
}

/** Every route of the controllers, read from what is declared beside them, in order of declaration. */
export function publicRoutes(controllers: readonly Type[]): PublicRoute[] {
  return controllers.flatMap((controller) => {
    const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
    const prototype = controller.prototype as Record<string, object>;
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name] as object;
      if (!Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      return [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat().map((path): PublicRoute => ({
        method,
        path: `/${prefix}/${path}`.replaceAll(/\/{2,}/g, '/').replace(/(.)\/$/, '$1').replaceAll(/:(\w+)/g, '{$1}'),
        permission: Reflect.getMetadata(PERMISSION_KEY, handler) as Permission | 'none' | undefined,
        summary: String(Reflect.getMetadata(SUMMARY_KEY, handler)),
      }));
    });
  });
}
