/** The tag of the list of chunks. Chunks of another size, or cut by other numbers, would have a list of their own. */
export const INDEX_TAG = 'chunks-8k-1';
