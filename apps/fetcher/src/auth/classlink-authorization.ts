import { applicationsUrl, chooseApplication, classlinkRoot, parseApplications, SourceError, type ClasslinkApplication } from '@lastgood/sources';
import type { Authorization, UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { RenewedToken } from './renewed-token.js';

export interface ClasslinkSettings {
  baseUrl: string;
  pathPrefix: string;
  applicationId?: string | undefined;
  tenantId?: string | undefined;
  /** The configured token; with an applicationId it is first tried as the district's own. */
  token?: string | undefined;
}

const applicationsPage = 500;
const maxApplications = 20_000;

/**
 * The data token of one district behind the ClassLink proxy, found in `/applications` with the partner's own credentials. A
 * configured token beside an applicationId may be the district's or the partner's: it is tried as the district's, and looked up with
 * when that is refused. A refused token is looked up once more; only a different one is worth another try.
 */
export class ClasslinkAuthorization implements Authorization {
  readonly #application: RenewedToken<ClasslinkApplication>;
  readonly #configured: boolean;

  constructor(private readonly settings: ClasslinkSettings, private readonly client: UpstreamClient, private readonly partner: Authorization, private readonly nowMs: () => number) {
    const { applicationId, token } = settings;
    const configured = applicationId === undefined || token === undefined ? null : { applicationId, bearer: token, tenantId: '', usable: true };
    this.#application = new RenewedToken<ClasslinkApplication>(() => this.#discover(), () => true, configured);
    this.#configured = configured !== null;
  }

  /** Root of the district's data paths; its percent-escapes are as ClassLink sent them. */
  async root(): Promise<string> {
    const { applicationId } = await this.#application.get();
    return classlinkRoot(this.settings.baseUrl, this.settings.pathPrefix, applicationId);
  }

  async headersFor(): Promise<Record<string, string>> {
    return { authorization: bearer(await this.#application.get()) };
  }

  async renew(rejected: Record<string, string>): Promise<boolean> {
    try {
      const application = await this.#application.replace((current) => bearer(current) === rejected['authorization']);
      return bearer(application) !== rejected['authorization'];
    } catch (error) {
      if (this.#configured && error instanceof SourceError && !error.retryable) return false;
      throw error;
    }
  }

  async #discover(): Promise<ClasslinkApplication> {
    const known = new Map<string, ClasslinkApplication>();
    for (let offset = 0; offset < maxApplications;) {
      const page = await this.#page(offset);
      const before = known.size;
      for (const application of page) known.set(application.applicationId, application);
      if (known.size === before) break;
      offset += page.length;
    }
    const { applicationId, tenantId } = this.settings;
    return chooseApplication([...known.values()], { ...(applicationId === undefined ? {} : { applicationId }), ...(tenantId === undefined ? {} : { tenantId }) });
  }

  async #page(offset: number): Promise<ClasslinkApplication[]> {
    let page: ClasslinkApplication[] = [];
    const url = new URL(applicationsUrl(this.settings.baseUrl, { offset, limit: applicationsPage }));
    await this.client.call({ method: 'GET', url, headers: {} }, this.partner, {
      accept: async ({ status, headers, body }) => {
        try {
          page = parseApplications({ status, headers, body: Buffer.from(body).toString('utf8') }, this.nowMs());
        } catch (error) {
          throw UpstreamFailure.from(error);
        }
      },
    });
    return page;
  }
}

const bearer = (application: ClasslinkApplication): string => `Bearer ${application.bearer}`;
