/** Where the bus tells what an operator should know; any `Log` fits. */
export interface BusReport {
  info(message: string): void;
  warn(message: string): void;
}

/** Tells changes of a state, and never the same twice in a row. */
export class StateReport {
  #last: string | null;

  constructor(private readonly report: BusReport, private readonly recovered: string) {
    this.#last = null;
  }

  /** Null: it works (again). */
  tell(trouble: string | null): void {
    if (trouble === this.#last) return;
    this.#last = trouble;
    if (trouble === null) this.report.info(this.recovered);
    else this.report.warn(trouble);
  }
}
