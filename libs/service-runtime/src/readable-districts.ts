import { DistrictConfig, SourceConfig } from '@lastgood/contracts';
import type { z } from 'zod';

/** Settings that have no default, for those that cannot be read; `id` gets a number where two would be alike. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  id: 'unreadable', name: 'unreadable', kind: 'oneroster-1.1', baseUrl: 'https://unreadable.invalid', auth: { kind: 'none' }, 'auth.kind': 'none', tokenUrl: 'https://unreadable.invalid',
  token: 'unreadable', clientId: 'unreadable', clientSecret: 'unreadable', consumerKey: 'unreadable', consumerSecret: 'unreadable', signatureMethod: 'HMAC-SHA256',
};
/** Leaving something out shows what is missing then, and a stand-in what does not go with it. */
const ROUNDS = 6;

/**
 * The districts of a `lastgood.yaml` that breaks rules, as far as they can be read: a setting that breaks one is left out, or stood in for where there
 * must be one. Only good for finding what else is wrong.
 */
export function readableDistricts(file: unknown): DistrictConfig[] {
  return listIn(file, 'districts').flatMap((district) => {
    const sources = listIn(district, 'sources').flatMap((source) => readable(SourceConfig, source));
    return sources.length === 0 ? [] : readable(DistrictConfig, { ...(district as object), sources });
  });
}

function readable<S extends z.ZodType>(schema: S, value: unknown): z.infer<S>[] {
  const rest = structuredClone(value);
  for (let round = 0; round < ROUNDS; round += 1) {
    const parsed = schema.safeParse(rest);
    if (parsed.success) return [parsed.data];
    for (const { path, ...issue } of parsed.error.issues) {
      for (const key of issue.code === 'unrecognized_keys' ? issue.keys : [undefined]) leaveOut(rest, key === undefined ? path : [...path, key], round);
    }
  }
  return [];
}

function leaveOut(value: unknown, path: readonly PropertyKey[], round: number): void {
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce<unknown>((within, key) => (typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined), value);
  if (last === undefined || typeof holder !== 'object' || holder === null) return;
  if (Reflect.has(holder, last)) Reflect.deleteProperty(holder, last);
  else Reflect.set(holder, last, standIn(path, round));
}

function standIn(path: readonly PropertyKey[], round: number): unknown {
  const last = String(path.at(-1));
  const place = path.find((key) => typeof key === 'number');
  if (last === 'id' && place !== undefined) return `unreadable-${place}-${round}`;
  return STAND_INS[path.slice(-2).join('.')] ?? STAND_INS[last];
}

function listIn(value: unknown, key: string): unknown[] {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? list : [];
}
