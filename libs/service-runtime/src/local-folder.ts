/** A folder of this service alone (mode 0700) for caches and temporary files; whatever is in it may be lost at any time. */
export class LocalFolder {
  constructor(readonly path: string) {}
}
