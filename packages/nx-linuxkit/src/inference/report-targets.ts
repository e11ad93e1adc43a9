import type { TargetConfiguration } from '@nx/devkit';
import { shortIdentity, targetName, type OsIdentity, type TargetNaming } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { NO_NPM_PACKAGE } from './target.js';

/** What one of the targets does that show a system to a person. */
interface Report {
  readonly description: string;
  /** Options of the example that Nx Console shows. */
  readonly example: Readonly<Record<string, string>>;
  /** What is made before it. */
  readonly reads?: 'initramfs' | 'formats';
}

const REPORTS = {
  size: {
    description: 'Say what the initrd is made of: images, files, copies',
    example: { budget: '50MB' },
    reads: 'initramfs',
  },
  why: {
    description:
      'Say why the last build that made something had to: what had changed, and which tasks read it',
    example: {},
  },
  diff: {
    description:
      'Say which files, images and packages differ from another state: a folder, a git ref, a registry',
    example: { with: 'HEAD~1' },
    reads: 'initramfs',
  },
  'sbom-files': {
    description: 'Write documents beside the formats: SPDX 2.3, CycloneDX 1.6, SLSA provenance, VEX',
    example: {},
    reads: 'formats',
  },
  licenses: {
    description: 'Say which licences the packages have, and fail for those that are refused',
    example: { deny: 'AGPL-3.0-only' },
    reads: 'initramfs',
  },
  scan: {
    description:
      'Say which packages have vulnerabilities, by a feed of OSV or of Debian that you have downloaded',
    example: { with: 'feed.zip' },
    reads: 'initramfs',
  },
  inspect: {
    description:
      'Write a page that shows what the system is made of: sizes, boot order, last build, packages',
    example: {},
    reads: 'initramfs',
  },
} as const satisfies Record<string, Report>;

/** The kinds of these targets, in the order in which they are shown. */
export const reportKinds = Object.keys(REPORTS) as (keyof typeof REPORTS)[];

/**
 * The targets that show what a system is made of and write nothing that a build reads. Nothing caches what they print.
 * `after` is the target that makes the initramfs.
 */
export function reportTargets(
  os: OsIdentity,
  naming: TargetNaming,
  after: string,
): Record<string, TargetConfiguration> {
  return Object.fromEntries(
    reportKinds.map((kind) => [targetName(kind, naming), reportTarget(kind, os, naming, after)]),
  );
}

function reportTarget(
  kind: (typeof reportKinds)[number],
  os: OsIdentity,
  naming: TargetNaming,
  after: string,
): TargetConfiguration {
  const { description, example, reads }: Report = REPORTS[kind];
  const options = Object.entries(example).map(([name, value]) => `--${name}=${value}`);
  return {
    executor: `${PLUGIN}:${kind}`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    ...(reads && { dependsOn: [reads === 'formats' ? targetName('build', naming) : after] }),
    options: { os: shortIdentity(os) },
    metadata: {
      technologies: ['linuxkit'],
      description,
      help: {
        command: [`nx ${targetName(kind, naming)} ${os.name}`, ...options].join(' '),
        example: { options: example },
      },
    },
  };
}
