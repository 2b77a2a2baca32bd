import { keyMigrations, type ApiKeyRow } from './access/key-tables.js';
import { auditMigrations, type AuditChainRow, type AuditEntryRow } from './audit/audit-tables.js';
import { sessionMigrations, type LimitRow, type SessionRow, type SignInLinkRow } from './access/session-tables.js';

/** The tables of the gateway. */
export interface GatewayTables {
  api_keys: ApiKeyRow;
  sessions: SessionRow;
  sign_in_links: SignInLinkRow;
  gateway_limits: LimitRow;
  audit_entries: AuditEntryRow;
  audit_chains: AuditChainRow;
}

export const gatewayMigrations = [...keyMigrations, ...sessionMigrations, ...auditMigrations];
