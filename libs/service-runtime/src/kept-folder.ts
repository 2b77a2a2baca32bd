/** A folder of this service alone (mode 0700) for what must outlast a restart of the process, until it is handed on. */
export class KeptFolder {
  constructor(readonly path: string) {}
}
