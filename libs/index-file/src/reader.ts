export { IndexReader, NoRolesError, UnreadableIndexError, type IndexPage, type IndexQuery, type SearchedDataset } from './index-reader.js';
export { QueryWords } from './query-words.js';
