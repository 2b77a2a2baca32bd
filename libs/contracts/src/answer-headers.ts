/** Of answers of the read side with people or classes: how many of them the body holds, linked ones not counted. */
export const COUNT_HEADER = 'lastgood-count';
/** Of answers of the read side about one snapshot: `true` when it was never published. */
export const UNPUBLISHED_HEADER = 'lastgood-unpublished';
