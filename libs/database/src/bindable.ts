/** What may be stored, on every database alike. */
export type Bindable = string | number | bigint | Uint8Array | null;

/** The value as it is stored: booleans as 0 and 1. Throws for what only one of the databases would take. */
export function bindable(value: unknown): Bindable {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint8Array) return value;
  throw new TypeError(`The database stores no ${value === undefined ? 'undefined' : value.constructor.name}; give null, a string, a number, a boolean or bytes.`);
}
