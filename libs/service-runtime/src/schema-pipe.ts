import { ServiceError } from '@lastgood/contracts';
import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { invalidRequest } from './invalid-request.js';

/** Validates every parameter with a schema; an error of a single parameter names that parameter, as `@Param('run', { schema })`. */
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: invalidRequest });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return (await super.transform(value, metadata)) as T;
    } catch (error) {
      const name = metadata.data;
      if (!(error instanceof ServiceError) || name === undefined) throw error;
      const errors = (error.options.errors ?? []).map(({ field, message }) => ({ field: field === '(body)' ? name : `${name}.${field}`, message }));
      throw new ServiceError('invalid', error.code, `This parameter is wrong: ${name}.`, { retryable: false, errors });
    }
  }
}
