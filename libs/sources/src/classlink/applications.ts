import { SourceError } from '../source-error.js';
import { statusError } from '../oneroster/classify-status.js';
import { toldError } from '../oneroster/error-answer.js';
import { parseBody, type UpstreamAnswer } from '../oneroster/parse-page.js';

/** One district in a partner's list at ClassLink. */
export interface ClasslinkApplication {
  /** `oneroster_application_id`, percent-escaped as it came; a path segment, never to be encoded again. */
  applicationId: string;
  tenantId: string;
  /** Token for the data calls of this district. Secret. */
  bearer: string;
  /** `enabled` is "true" and `tenant_status` Active. */
  usable: boolean;
}

/** URL of one page of `/applications` under the proxy's root. */
export function applicationsUrl(baseUrl: string, page: { offset: number; limit: number }): string {
  return `${baseUrl.replace(/\/+$/, '')}/applications?limit=${page.limit}&offset=${page.offset}`;
}

const invalid = (message: string, retryable = false): SourceError => new SourceError('applications_invalid', message, { retryable, httpStatus: 200 });

/** A path segment as ClassLink sends it: nothing that could leave the segment. */
const SEGMENT = /^(?:[A-Za-z0-9._~+=-]|%[0-9A-Fa-f]{2}){1,512}$/;
const DOTS = /^(?:\.|%2e){1,2}$/i;

const readApplication = (row: unknown): ClasslinkApplication | null => {
  if (row === null || typeof row !== 'object') throw invalid('an entry of /applications is not an object');
  const { oneroster_application_id: applicationId, tenant_id: tenantId, bearer, enabled, tenant_status: tenantStatus } = row as Record<string, unknown>;
  if (typeof applicationId !== 'string' || !SEGMENT.test(applicationId) || DOTS.test(applicationId)) return null;
  if (typeof bearer !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(bearer)) return null;
  const on = enabled === true || (typeof enabled === 'string' && enabled.toLowerCase() === 'true');
  const active = typeof tenantStatus === 'string' && tenantStatus.toLowerCase() === 'active';
  return { applicationId, tenantId: typeof tenantId === 'string' || typeof tenantId === 'number' ? String(tenantId) : '', bearer, usable: on && active };
};

/**
 * Reads one page of `/applications`; throws a SourceError when it is none. Entries without a usable path segment or bearer are left out. Carries no
 * totals: read on until a page brings no new applicationId.
 */
export function parseApplications(answer: UpstreamAnswer, nowMs: number): ClasslinkApplication[] {
  const failed = statusError(answer, nowMs);
  if (failed !== null) throw failed;
  const parsed = parseBody(answer);
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) throw invalid('/applications answered with no object');
  const list = (parsed as Record<string, unknown>).applications;
  const error = toldError(parsed as Record<string, unknown>, Array.isArray(list));
  if (error !== null) throw error;
  if (!Array.isArray(list)) throw invalid('/applications answered without a list of applications', true);
  return list.map(readApplication).filter((application) => application !== null);
}

/** The one usable application wanted, by applicationId or tenantId (or the only usable one when neither is set); throws a SourceError naming the setting otherwise. */
export function chooseApplication(applications: readonly ClasslinkApplication[], wanted: { applicationId?: string; tenantId?: string }): ClasslinkApplication {
  const matching = applications.filter((application) => (wanted.applicationId === undefined || application.applicationId === wanted.applicationId)
    && (wanted.tenantId === undefined || application.tenantId === wanted.tenantId));
  const usable = [...new Map(matching.filter((application) => application.usable).map((application) => [application.applicationId, application])).values()];
  const [only, ...more] = usable;
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    throw new SourceError('application_ambiguous', `${usable.length} applications fit; set classlink.applicationId or classlink.tenantId`, { retryable: false });
  }
  throw matching.length > 0
    ? new SourceError('application_disabled', 'the application is not enabled or its tenant not active at ClassLink; ask the district to switch it on', { retryable: false })
    : new SourceError('application_unknown', 'ClassLink lists no such application; check classlink.applicationId or classlink.tenantId', { retryable: false });
}

/** Rostering root of one application: `{baseUrl}{pathPrefix}/{applicationId}/ims/oneroster/v1p1`. */
export function classlinkRoot(baseUrl: string, pathPrefix: string, applicationId: string): string {
  const prefix = pathPrefix.replace(/^\/+|\/+$/g, '');
  return [baseUrl.replace(/\/+$/, ''), ...(prefix === '' ? [] : [prefix]), applicationId, 'ims/oneroster/v1p1'].join('/');
}
