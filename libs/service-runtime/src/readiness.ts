/** Null while the dependency works, else the reason in words without secrets. Must answer at once or within 1 s. */
export type DependencyCheck = () => string | null | Promise<string | null>;

export interface DependencyState {
  name: string;
  neededForReads: boolean;
  /** Null while it works. */
  trouble: string | null;
}

interface Dependency {
  check: DependencyCheck;
  neededForReads: boolean;
  /** The variable that says where it is, for whoever must mend it; told where it is set. */
  variable: string | undefined;
}

/** What this service depends on, as `/readyz` tells it: 503 only while something that reads need is in trouble. */
export class Readiness {
  readonly #checks = new Map<string, Dependency>();

  /** `isSet`: whether the process was given a variable. */
  constructor(private readonly isSet: (variable: string) => boolean = () => false) {}

  register(name: string, check: DependencyCheck, { neededForReads = false, variable }: { neededForReads?: boolean; variable?: string | undefined } = {}): void {
    this.#checks.set(name, { check, neededForReads, variable });
  }

  /** Every dependency, in the order of registration; a check that throws or takes longer than 1 s counts as trouble. */
  async states(): Promise<DependencyState[]> {
    return Promise.all([...this.#checks].map(async ([name, { check, neededForReads, variable }]) => {
      const trouble = await outcome(check);
      return { name, neededForReads, trouble: trouble === null || variable === undefined || !this.isSet(variable) ? trouble : `${trouble}; ${variable} says where it is` };
    }));
  }
}

const CHECK_TIMEOUT_MS = 1000;

async function outcome(check: DependencyCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS} ms`).unref();
  });
  try {
    return await Promise.race([(async () => check())(), late]);
  } catch (error) {
    return `the check failed with ${error instanceof Error ? error.name : 'no error'}`;
  } finally {
    clearTimeout(timer);
  }
}
