const MAX_INT32 = 2_147_483_647;
/** Lengths that follow from a format. */
const LENGTHS: Readonly<Record<string, number>> = { uuid: 36, date: 10 };

interface Schema {
  type?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

/** Adds to every schema of a description what follows from it: the width of whole numbers and the length of texts of a fixed form. */
export function boundSchemas(node: unknown): void {
  if (Array.isArray(node)) return node.forEach(boundSchemas);
  if (typeof node !== 'object' || node === null) return;
  const schema = node as Schema;
  if (isOf(schema, 'integer') && schema.format === undefined) schema.format = Math.max(Math.abs(schema.minimum ?? Infinity), Math.abs(schema.maximum ?? Infinity)) <= MAX_INT32 ? 'int32' : 'int64';
  const length = isOf(schema, 'string') ? LENGTHS[schema.format ?? ''] : undefined;
  if (length !== undefined) schema.maxLength ??= length;
  Object.values(node).forEach(boundSchemas);
}

/** Null beside it changes nothing. */
const isOf = ({ type }: Schema, wanted: string): boolean => type === wanted || (Array.isArray(type) && type.includes(wanted));
