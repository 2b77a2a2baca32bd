import type { Database } from '@lastgood/database';
import type { EventBus } from '@lastgood/event-bus';
import type { ObjectStore } from '@lastgood/object-store';
import { CrashPoints } from '@lastgood/service-runtime';

/** Thrown by everything a dead process tries. */
export class ProcessDied extends Error {
  constructor() {
    super('This process was killed.');
    this.name = 'ProcessDied';
  }
}

/** A process that can be killed within a test: from then on nothing it does reaches database, store or bus. */
export class MortalProcess {
  dead = false;
  /** Dies at a crash point, as `name` or `name:n`. */
  readonly crash: CrashPoints;

  constructor(crashPoint?: string) {
    this.crash = new CrashPoints(crashPoint, () => this.kill());
  }

  /** From here on; the caller of the crash point goes no further. */
  kill(): never {
    this.dead = true;
    throw new ProcessDied();
  }

  database(database: Pick<Database, 'kind' | 'kysely'>): Pick<Database, 'kind' | 'kysely'> {
    const check = (): void => this.#check();
    return {
      kind: database.kind,
      kysely: <Tables>() => database.kysely<Tables>().withPlugin({
        transformQuery: ({ node }) => {
          check();
          return node;
        },
        transformResult: async ({ result }) => result,
      }),
    };
  }

  store(store: ObjectStore): ObjectStore {
    return this.#guarded(store);
  }

  bus<B extends EventBus>(bus: B): B {
    return this.#guarded(bus);
  }

  #guarded<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name, of);
        if (typeof member !== 'function') return member;
        return (...values: unknown[]): unknown => {
          this.#check();
          return Reflect.apply(member, of, values);
        };
      },
    });
  }

  #check(): void {
    if (this.dead) throw new ProcessDied();
  }
}
