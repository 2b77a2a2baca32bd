import { DistrictConfig, SourceConfig } from '@lastgood/contracts';
import type { z } from 'zod';

/**
 * The districts of a `lastgood.yaml` that breaks rules, as far as they can be read: a setting that breaks one is left out, and what cannot be read
 * without it too. Only good for finding what else is wrong.
 */
export function readableDistricts(file: unknown): DistrictConfig[] {
  return listIn(file, 'districts').flatMap((district) => {
    const sources = listIn(district, 'sources').flatMap((source) => readable(SourceConfig, source));
    return sources.length === 0 ? [] : readable(DistrictConfig, { ...(district as object), sources });
  });
}

function readable<S extends z.ZodType>(schema: S, value: unknown): z.infer<S>[] {
  const first = schema.safeParse(value);
  if (first.success) return [first.data];
  const rest = structuredClone(value);
  for (const { path, ...issue } of first.error.issues) {
    for (const key of issue.code === 'unrecognized_keys' ? issue.keys : [undefined]) leaveOut(rest, key === undefined ? path : [...path, key]);
  }
  const second = schema.safeParse(rest);
  return second.success ? [second.data] : [];
}

function leaveOut(value: unknown, path: readonly PropertyKey[]): void {
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce<unknown>((within, key) => (typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined), value);
  if (last !== undefined && typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, last);
}

function listIn(value: unknown, key: string): unknown[] {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? list : [];
}
