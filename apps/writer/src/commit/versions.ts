import { CALCULATION_VERSION, SCHEMA_VERSION } from '@lastgood/contracts';

/** The versions that a snapshot carries for ever. */
export interface Versions {
  schema: string;
  calculation: string;
}

/** Those of this build of Lastgood. */
export const shippedVersions: Versions = { schema: SCHEMA_VERSION, calculation: CALCULATION_VERSION };
