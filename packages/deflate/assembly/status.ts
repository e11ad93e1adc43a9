// The results of `run`. src/core.ts and src/faults.ts have the same numbers.

/** Continue; `run` never returns it. */
export const OK: i32 = 0;
/** More input is needed. */
export const NEED_INPUT: i32 = 1;
/** The plan's next step is needed for the byte at `position()`. */
export const NEED_OP: i32 = 2;
/** The plain bytes up to `position()` are about to leave the window. */
export const WINDOW_FULL: i32 = 3;
/** The output must be taken. */
export const OUTPUT_FULL: i32 = 4;
/** A member has ended; `memberCrc()` and `memberSize()` are the values of its trailer. */
export const MEMBER_END: i32 = 5;
/** The input has ended. */
export const END: i32 = 6;
/** A stretch may begin at `position()`. */
export const AT_STRETCH: i32 = 7;
/** The recorded ends of blocks must be taken. */
export const ENDS_FULL: i32 = 8;

// Errors in the input.
export const NOT_GZIP: i32 = 16;
export const TRUNCATED: i32 = 17;
export const BAD_METHOD: i32 = 18;
export const BAD_FLAGS: i32 = 19;
export const BAD_HEADER_CRC: i32 = 20;
export const BAD_BLOCK_TYPE: i32 = 21;
export const BAD_STORED_LENGTH: i32 = 22;
export const BAD_CODE_LENGTHS: i32 = 23;
export const BAD_CODE: i32 = 24;
export const BAD_SYMBOL: i32 = 25;
export const BAD_DISTANCE: i32 = 26;
