import { ServiceError } from '@lastgood/contracts';
import { readVariable } from './read-environment.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * A copy of the value in which every `${NAME}` inside a string, at any depth, is replaced by that variable of the environment, or by what the file
 * that `NAME_FILE` names holds now. Throws `invalid` `missing_secret` that names every missing variable and no value.
 */
export function resolveSecrets<T>(value: T, environment: Environment): T {
  const missing = new Set<string>();
  const resolved = resolve(value, (name) => {
    const found = readVariable(name, environment, []);
    if (!found) missing.add(name);
    return found ?? '';
  });
  if (missing.size > 0) {
    const names = [...missing].sort().join(', ');
    throw new ServiceError('invalid', 'missing_secret', `lastgood.yaml refers to ${names}, which the environment does not set (nor, with _FILE behind the name, a file that can be read). Set it and start again.`, { retryable: false });
  }
  return resolved as T;
}

function resolve(value: unknown, variable: (name: string) => string): unknown {
  if (typeof value === 'string') return value.replace(REFERENCE, (_, name: string) => variable(name));
  if (Array.isArray(value)) return value.map((item) => resolve(item, variable));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, variable)]));
}

/** Resolves the `${NAME}` references of `lastgood.yaml` from the environment this process was started with. */
export class Secrets {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** As `resolveSecrets`. */
  resolve<T>(value: T): T {
    return resolveSecrets(value, this.#environment);
  }
}
