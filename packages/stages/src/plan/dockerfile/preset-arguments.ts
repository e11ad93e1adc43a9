import type { Dockerfile } from '@nx-linuxkit/dockerfile/plan';
import type { DockerfilePackage } from './dockerfile-package.js';

/**
 * The build arguments that LinuxKit sets by itself and build.yml decides, as far as the Dockerfile declares them: `SOURCE` and
 * `PKG_IMAGE`. Those that a commit decides (`REVISION`, `PKG_HASH`, `GOPKGVERSION`) are not set: with them each commit would
 * build every package anew.
 */
export function presetArguments(
  { image, gitrepo }: Pick<DockerfilePackage, 'image' | 'gitrepo'>,
  { globals, stages }: Dockerfile,
): Record<string, string> {
  const presets = { PKG_IMAGE: image, ...(gitrepo && { SOURCE: gitrepo }) };
  const declared = [...globals, ...stages.flatMap(({ instructions }) => instructions)].filter(
    ({ keyword }) => keyword === 'ARG',
  );
  const names = new Set(declared.flatMap(({ text }) => text.split(/\s+/).map((word) => word.split('=')[0])));
  return Object.fromEntries(Object.entries(presets).filter(([name]) => names.has(name)));
}
