export { IndexBuilder, type IndexCounts } from './index-builder.js';
export { compareIndexes, type IndexComparison } from './compare-indexes.js';
export type { Facets } from './facets.js';
export * from './reader.js';
