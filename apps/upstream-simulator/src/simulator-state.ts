import { authenticatorFor } from './auth/authenticator-for.js';
import type { Authenticator } from './auth/caller.js';
import { ClassLinkTenants } from './class-link.js';
import { RequestLog } from './control/request-log.js';
import { GeneratedDistrict } from './district/generated-district.js';
import { Selections } from './oneroster/row-view.js';
import type { Auth, DistrictChange, SimulatorSettings } from './options.js';
import { move, type Movement } from './quirks/row-quirks.js';
import { QuirkEngine } from './quirks/quirk-engine.js';
import type { QuirkOf } from './quirks/quirk.js';
import type { Collection, Roster } from './roster.js';

/** Everything that one running simulator remembers and that its control can change. */
export class SimulatorState {
  readonly quirks: QuirkEngine;
  readonly log: RequestLog;
  readonly selections = new Selections();
  readonly classLink: ClassLinkTenants;
  authenticator: Authenticator;
  #settings: SimulatorSettings;
  #rosters = new Map<number, Roster>();
  #movements = new Map<Collection, Movement>();
  #revision = 0;
  #answers = 0;

  constructor(
    settings: SimulatorSettings,
    /** Served instead of a generated district. */
    readonly files: Roster | undefined,
    readonly now: () => number,
  ) {
    this.#settings = settings;
    this.quirks = new QuirkEngine(settings.quirks);
    this.log = new RequestLog(now);
    this.classLink = new ClassLinkTenants(settings);
    this.authenticator = authenticatorFor(settings.auth, now);
  }

  get settings(): SimulatorSettings {
    return this.#settings;
  }

  /** The district of an application's number; 0 is also the one that is served without the proxy. */
  roster(number: number): Roster {
    if (this.files !== undefined) return this.files;
    const known = this.#rosters.get(number);
    if (known !== undefined) return known;
    const { districtId, seed, people, night } = this.#settings;
    const roster = new GeneratedDistrict({ districtId, seed: seed + number, people, night });
    this.#rosters.set(number, roster);
    return roster;
  }

  /** Serves other data from the next request on. */
  changeDistrict(change: DistrictChange): void {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    this.#settings = { ...this.#settings, ...Object.fromEntries(given) };
    this.#rosters.clear();
    this.#movements.clear();
    this.selections.clear();
  }

  changeAuth(auth: Auth): void {
    this.#settings = { ...this.#settings, auth };
    this.authenticator = authenticatorFor(auth, this.now);
  }

  /** The batch's revision as `x-perm-rev` tells it: another one each night and after each `bumpRevision`. */
  get revision(): string {
    return String(100_000 + this.#settings.night * 1000 + this.#revision);
  }

  bumpRevision(): void {
    this.#revision += 1;
  }

  /** How many data answers were given so far, this one included. */
  countAnswer(): number {
    this.#answers += 1;
    return this.#answers;
  }

  movement(collection: Collection): Movement | undefined {
    return this.#movements.get(collection);
  }

  move(collection: Collection, quirk: QuirkOf<'movingRows'>): void {
    this.#movements.set(collection, move(this.#movements.get(collection), quirk));
  }

  /** Undoes what quirks did to the rows so far. */
  forgetMovements(): void {
    this.#movements.clear();
  }
}
