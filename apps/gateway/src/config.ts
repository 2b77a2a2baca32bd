import { LEAST_AUDIT_DAYS } from '@lastgood/contracts';
import { z } from 'zod';

const AdminToken = z.string().min(32, 'must have 32 characters or more').max(512).regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks');

/** The gateway's own environment. */
export const GatewayConfig = z.object({
  ADMIN_TOKEN: AdminToken.optional().describe('Presets an admin key (32 characters or more). Also as ADMIN_TOKEN_FILE').meta({ secret: true }),
  ADMIN_TOKEN_PREVIOUS: AdminToken.optional().describe('A second preset admin key, valid at the same time, for rotation. Also as ADMIN_TOKEN_PREVIOUS_FILE').meta({ secret: true }),
  LASTGOOD_CHANGES_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(120).describe('Requests per key and minute that change something'),
  LASTGOOD_LIVE_LOOK_UPS_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(30).describe('Live look-ups per key and minute, of sources that allow them'),
  LASTGOOD_BAD_KEYS_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(30).describe('Bad keys per address and minute before it is locked out for 5 min'),
  LASTGOOD_SIGN_INS_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(60).describe('Sign-ins of the page per address and minute'),
  LASTGOOD_SIGN_IN_LINK: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').describe('Shows a link at every start that signs in as admin once, within 15 min. All in one: true when absent.'),
  LASTGOOD_AUDIT_RESERVE_MB: z.coerce.number().int().min(2).max(10_000).default(64).describe('Room on the disk of LASTGOOD_DATA_DIR that is kept free for audit entries, megabytes: while the disk is full each holds about 1,700 requests. It is taken only while as much again stays free for others'),
  LASTGOOD_AUDIT_KEEP_DAYS: z.coerce.number().int().min(LEAST_AUDIT_DAYS).max(36_500).optional().describe('Days that audit entries are kept; for good when absent. What is older is removed, day by day, up to where an anchor in the bucket says, and an entry of the trail tells of it: `lastgood audit verify` goes on to work'),
  LASTGOOD_READ_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(10_000).describe('How long the gateway waits for an inner service, milliseconds'),
});
export type GatewayConfig = z.infer<typeof GatewayConfig>;
