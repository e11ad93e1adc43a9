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
import { config, manifest } from './image.js';
import { seal } from './seal.js';
import { tar } from './tar.js';
import { variables } from './variables.js';

export const TARGETS: readonly Target[] = [
  ...[tar, cpio, manifest, config, yaml, lock, build, buildLock, seal, deb, packages, release, inRelease],
  ...[dockerArchive, ociArchive, dockerfile, dockerignore, buildOfDockerfile, variables, attestation],
];
