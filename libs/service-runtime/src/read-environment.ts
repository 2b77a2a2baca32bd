import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ConfigurationProblem } from './configuration-error.js';
import type { Environment } from './secrets.js';
import type { EnvironmentSchema } from './service-definition.js';

const MAX_FILE_BYTES = 64 * 1024;

/**
 * Reads the schema's variables, each from `X` or from the file that `X_FILE` names; an empty variable counts as absent. Adds what
 * is wrong to `problems` and then gives null.
 */
export function readEnvironment<Config>(schema: EnvironmentSchema<Config>, environment: Environment, problems: ConfigurationProblem[]): Config | null {
  const found = problems.length;
  const given: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = readVariable(key, environment, problems);
    if (value !== undefined) given[key] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const already = new Set(problems.slice(found).map(({ key }) => key));
    for (const issue of parsed.error.issues) {
      const key = String(issue.path[0] ?? 'configuration');
      if (!already.has(key)) problems.push({ key, message: given[key] === undefined && issue.code === 'invalid_type' ? 'is not set; set it' : plainMessage(issue) });
    }
  }
  return problems.length > found || !parsed.success ? null : parsed.data;
}

/** One variable, from `X` or from the file that `X_FILE` names; adds why it cannot be read. */
export function readVariable(key: string, environment: Environment, problems: ConfigurationProblem[]): string | undefined {
  const value = environment[key];
  const file = environment[`${key}_FILE`];
  if (!file) return value === '' ? undefined : value;
  if (value) {
    problems.push({ key, message: `is set and ${key}_FILE too; set only one of them` });
    return undefined;
  }
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= MAX_FILE_BYTES) return bytes.toString('utf8').trim();
    problems.push({ key, message: `${key}_FILE names a file of more than ${MAX_FILE_BYTES} bytes` });
  } catch (error) {
    problems.push({ key, message: `${key}_FILE names a file that cannot be read (${codeOf(error)})` });
  }
  return undefined;
}

/** What zod says, in words that never hold the value itself. */
export function plainMessage(issue: z.core.$ZodIssue): string {
  return issue.message.replace(/, received .*$/, '').slice(0, 500);
}

/** The system's code of an error, as `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}
