import type { Target } from '../target.js';
import { dockerArchive, ociArchive } from './archive.js';
import { attestation } from './attestation.js';
import { cpio } from './cpio.js';
import { dockerfile } from './dockerfile.js';
import { buildOfDockerfile } from './dockerfile-package.js';
import { dockerignore } from './dockerignore.js';
import { deb } from './deb.js';
import { inRelease, packages, release } from './debian.js';
import { build, buildLock, lock, yaml } from './documents.js';
import { feed, feedArchive, vex } from './feed.js';
import { config, manifest } from './image.js';
import { program, records } from './records.js';
import { seal } from './seal.js';
import { tar } from './tar.js';
import { update } from './update.js';
import { variables } from './variables.js';

export const TARGETS: readonly Target[] = [
  ...[tar, cpio, manifest, config, yaml, lock, build, buildLock, seal, deb, packages, release, inRelease],
  ...[dockerArchive, ociArchive, dockerfile, dockerignore, buildOfDockerfile, variables, attestation],
  ...[records, program, feed, feedArchive, vex, update],
];
