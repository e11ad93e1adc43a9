import { parsePolicy, policyFiles, type ParsedPolicy } from '@nx-linuxkit/signatures/policy';
import type { PinnedImage } from './pinned-image.js';
import { signaturesFileOf } from './project-name.js';
import type { Settings } from './settings.js';

/** Gives the text of a file by its path relative to the workspace; undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** All that the check of a system's signatures reads. */
export interface SignaturePlan {
  readonly policy: ParsedPolicy;
  readonly images: readonly PinnedImage[];
  /** The file beside the lock that keeps what convinced the check, relative to the workspace. */
  readonly evidenceFile: string;
  /** Every file that the check reads: keys, trusted roots, the evidence. */
  readonly files: readonly string[];
  /** The option and the text of each file, for a key. */
  readonly parts: readonly unknown[];
}

/** The workspace's policy; undefined without the option `signatures`. Throws SignatureError `invalid-policy`. */
export function policyOf({ signatures }: Settings): ParsedPolicy | undefined {
  return signatures === undefined ? undefined : parsePolicy(signatures, 'nx.json');
}

/** Plans the check of the signatures of an OS file; undefined without the option `signatures`. */
export function planSignatures(
  file: string,
  pinned: () => readonly PinnedImage[],
  settings: Settings,
  readText: ReadText,
): SignaturePlan | undefined {
  const policy = policyOf(settings);
  if (!policy) return undefined;
  const images = pinned();
  const evidenceFile = signaturesFileOf(file);
  const files = [...policyFiles(policy), evidenceFile];
  // `policy` cannot be part of a key: its patterns are functions. The option says the same.
  const parts = [settings.signatures, images, files.map((path) => [path, readText(path) ?? null])];
  return { policy, images, evidenceFile, files, parts };
}
