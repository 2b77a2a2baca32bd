import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';

/** The providers of the runtime for one service, visible to every module of its application. */
@Module({})
export class RuntimeModule {
  static of(values: ReadonlyMap<InjectionToken, unknown>): DynamicModule {
    const providers = [...values].map(([provide, useValue]) => ({ provide, useValue }));
    return { module: RuntimeModule, global: true, providers, exports: [...values.keys()] };
  }
}
