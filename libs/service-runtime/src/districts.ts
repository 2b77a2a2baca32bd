import { ServiceError, type DistrictConfig, type SourceConfig } from '@lastgood/contracts';

/** The configured districts and sources, as read from `lastgood.yaml` at start; `${NAME}` references are not resolved. */
export class Districts {
  readonly #byId: ReadonlyMap<string, DistrictConfig>;

  constructor(readonly all: readonly DistrictConfig[]) {
    this.#byId = new Map(all.map((district) => [district.id, district]));
  }

  find(district: string): DistrictConfig | undefined {
    return this.#byId.get(district);
  }

  /** Throws `not-found` `unknown_district`. */
  get(district: string): DistrictConfig {
    const found = this.#byId.get(district);
    if (!found) throw new ServiceError('not-found', 'unknown_district', 'There is no such district, or this key may not see it.');
    return found;
  }

  /** Throws `not-found` `unknown_district` or `unknown_source`. */
  source(district: string, source: string): SourceConfig {
    const found = this.get(district).sources.find((candidate) => candidate.id === source);
    if (!found) throw new ServiceError('not-found', 'unknown_source', `The district has no source of this id; it has ${this.get(district).sources.map(({ id }) => id).join(', ')}.`);
    return found;
  }
}
