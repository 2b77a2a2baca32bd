export { IndexBuilder, type IndexCounts } from './index-builder.js';
export { IndexReader, UnreadableIndexError, type IndexPage, type IndexQuery, type SearchedDataset } from './index-reader.js';
export { QueryWords } from './query-words.js';
