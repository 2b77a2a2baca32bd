import { ServiceError } from '@lastgood/contracts';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { invalidRequest } from './invalid-request.js';

/** What validates a parameter (Standard Schema). */
export type Schema = NonNullable<ArgumentMetadata['schema']>;

/** Validates every parameter with a schema. */
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, { schema, data, type }: ArgumentMetadata): unknown {
    return schema === undefined || type === 'custom' ? value : validated(schema, value, data);
  }
}

/** What the schema makes of a value; an error of a single parameter names that parameter, as `@Param('run', { schema })`. Schemas are synchronous. */
export function validated(schema: Schema, value: unknown, name: string | undefined): unknown {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new Error('the schema of a parameter must be synchronous');
  if (result.issues === undefined) return result.value;
  const error = invalidRequest(result.issues);
  if (name === undefined) throw error;
  const errors = (error.options.errors ?? []).map(({ field, message }) => ({ field: field === '(body)' ? name : `${name}.${field}`, message }));
  throw new ServiceError('invalid', error.code, `This parameter is wrong: ${name}.`, { retryable: false, errors });
}
