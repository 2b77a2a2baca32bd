import { StaticBearer } from './auth/bearer.js';
import { mix, seedOf } from './district/random.js';
import type { SimulatorSettings } from './options.js';

/** One entry of ClassLink's /applications. */
export interface Application {
  readonly id: number;
  readonly tenant_name: string;
  readonly tenant_id: string;
  readonly application_id: string;
  readonly bearer: string;
  readonly name: string;
  /** Percent-escaped base64; the path segment under the proxy, to be used as it is. */
  readonly oneroster_application_id: string;
  readonly enabled: 'true' | 'false';
  readonly tenant_status: 'Active' | 'Inactive';
}

/** The districts behind the proxy; the n-th has the simulator's seed + n and its own bearer. */
export class ClassLinkTenants {
  readonly partner: StaticBearer;
  readonly #bearers: readonly StaticBearer[];
  readonly #numbers = new Map<string, number>();

  constructor(readonly settings: SimulatorSettings) {
    const { partnerBearer, applications } = settings.classLink;
    this.partner = new StaticBearer(partnerBearer);
    this.#bearers = Array.from({ length: applications }, (_, number) => new StaticBearer(`app-bearer-${this.#hash(number).toString(36)}`));
    for (let number = 0; number < applications; number += 1) this.#numbers.set(this.#key(number), number);
  }

  get count(): number {
    return this.#bearers.length;
  }

  bearer(number: number): StaticBearer {
    return this.#bearers[number] as StaticBearer;
  }

  /** The number of the application with this id (unescaped once), or undefined when unknown or not in use. */
  usable(application: string): number | undefined {
    const number = this.#numbers.get(application);
    return number === undefined || !isEnabled(number) || !isActive(number) ? undefined : number;
  }

  application(number: number): Application {
    return {
      id: number + 1,
      tenant_name: `${this.settings.districtId} ${number + 1}`,
      tenant_id: String(2000 + number),
      application_id: String(this.#hash(number)),
      bearer: this.bearer(number).current,
      name: 'Roster Server',
      oneroster_application_id: encodeURIComponent(this.#key(number)),
      enabled: isEnabled(number) ? 'true' : 'false',
      tenant_status: isActive(number) ? 'Active' : 'Inactive',
    };
  }

  #hash(number: number): number {
    return mix(seedOf(this.settings.districtId, this.settings.seed), 0x300000 + number);
  }

  /** Base64 that always holds signs which must be escaped in a path. */
  #key(number: number): string {
    const bytes = Buffer.alloc(10, 0xff);
    bytes.writeUInt32BE(this.#hash(number), 3);
    bytes.writeUInt16BE(number, 8);
    return bytes.toString('base64');
  }
}

const isEnabled = (number: number): boolean => number % 5 !== 1;
const isActive = (number: number): boolean => number % 7 !== 3;
