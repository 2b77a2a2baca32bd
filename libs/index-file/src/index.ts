export { IndexBuilder, type IndexCounts } from './index-builder.js';
export { compareIndexes, type IndexComparison } from './compare-indexes.js';
export type { Facets } from './facets.js';
export { IndexReader, NoRolesError, UnreadableIndexError, type IndexPage, type IndexQuery, type SearchedDataset } from './index-reader.js';
export { QueryWords } from './query-words.js';
