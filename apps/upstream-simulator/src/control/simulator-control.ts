import type { Auth, DistrictChange } from '../options.js';
import type { Quirk, QuirkInput } from '../quirks/quirk.js';
import type { RequestSummary } from './request-log.js';

/** A quirk that is set, with how many requests matched its scope and how many it changed. */
export interface SetQuirk {
  readonly quirk: Quirk;
  readonly matched: number;
  readonly fired: number;
}

/** Changes a running simulator, in this process or another, through its control API. Throws Error when refused. */
export class SimulatorControl {
  constructor(
    /** Address of the simulator without a slash at the end. */
    readonly url: string,
  ) {}

  /** Replaces all quirks; none ends them and undoes what they did to the rows. */
  setQuirks(...quirks: QuirkInput[]): Promise<SetQuirk[]> {
    return this.#call('PUT', 'quirks', quirks);
  }

  addQuirk(quirk: QuirkInput): Promise<SetQuirk[]> {
    return this.#call('POST', 'quirks', quirk);
  }

  quirks(): Promise<SetQuirk[]> {
    return this.#call('GET', 'quirks');
  }

  /** Serves another night, size, seed or district from the next request on. */
  setDistrict(change: DistrictChange): Promise<Required<DistrictChange>> {
    return this.#call('PUT', 'district', change);
  }

  setNight(night: number): Promise<Required<DistrictChange>> {
    return this.setDistrict({ night });
  }

  district(): Promise<Required<DistrictChange>> {
    return this.#call('GET', 'district');
  }

  setAuth(auth: Partial<Auth> & Pick<Auth, 'kind'>): Promise<{ kind: Auth['kind'] }> {
    return this.#call('PUT', 'auth', auth);
  }

  /** Ends the current bearer or all tokens; gives the new bearer, null where a token must be asked for. */
  async rotateBearer(application?: number): Promise<string | null> {
    const { bearer } = await this.#call<{ bearer: string | null }>('POST', 'rotate', { application });
    return bearer;
  }

  requests(): Promise<RequestSummary> {
    return this.#call('GET', 'requests');
  }

  clearRequests(): Promise<RequestSummary> {
    return this.#call('DELETE', 'requests');
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/_control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`The simulator refused ${method} ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
