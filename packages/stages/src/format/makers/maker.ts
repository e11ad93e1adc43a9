import type { FileRole } from '@nx-linuxkit/formats';
import type { System } from '../system.js';

/** The path of a file of the format, in the folder that is filled. */
export type PathOf = (role: FileRole) => string;

/** Writes the files of a format into an empty folder, which gets its name when all are written. */
export type MakeFormat = (system: System, path: PathOf) => Promise<void>;
