import type { MetadataScanner, Reflector } from '@nestjs/core';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { PERMISSION_KEY } from './route.js';

interface ControllerWrapper {
  name: string;
  metatype: unknown;
}

/** Throws at start when a public route declares no permission; such a route would be closed, and nobody would know why. */
export function refuseOpenRoutes(controllers: readonly ControllerWrapper[], scanner: MetadataScanner, reflector: Reflector): void {
  const missing = controllers.flatMap(({ name, metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Record<string, (...args: never[]) => unknown>;
    return scanner.getAllMethodNames(prototype)
      .map((method) => ({ method, handler: prototype[method] }))
      .filter(({ handler }) => handler !== undefined && Reflect.hasMetadata(METHOD_METADATA, handler) && reflector.get(PERMISSION_KEY, handler) === undefined)
      .map(({ method }) => `${name}.${method}`);
  });
  if (missing.length > 0) throw new Error(`These routes declare no permission; give each an @Route: ${missing.join(', ')}`);
}
