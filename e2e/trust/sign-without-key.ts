import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { parseRegistryReference, type Digest } from '@nx-linuxkit/oci';
import { openRepository } from '@nx-linuxkit/oci/registry';
import { startSigstore, type Claims } from '../../packages/signatures/src/__tests__/sigstore-instance.js';
import { statementOf } from '../../packages/signatures/src/__tests__/signing.js';
import { pushReferrer, subjectOf } from '../../packages/signatures/src/sign/referrer.js';
import { REPOSITORY } from '../workspace/packed.js';
import type { Workspace } from '../workspace/workspace.js';

/** An image in a registry, and the identity that signs it. */
export interface SignedWithoutKey {
  readonly reference: string;
  readonly digest: Digest;
  readonly claims: Claims;
  /** Changes the bundle before it is pushed. */
  readonly change?: (bundle: Bundle) => void;
}

/** What a change needs of a Sigstore bundle. */
export interface Bundle {
  readonly verificationMaterial: { readonly tlogEntries: object[] };
}

/** Signs images as cosign 3 does, by a Sigstore on loopback that is gone then. Gives the text of its trusted root. */
export async function signWithoutKey(images: readonly SignedWithoutKey[]): Promise<string> {
  const sigstore = await startSigstore();
  for (const { reference, digest, claims, change } of images) {
    const repository = openRepository(parseRegistryReference(reference));
    const { bytes, contentType } = await repository.manifest(digest);
    const bundle = await sigstore.signStatement(statementOf(digest), claims);
    change?.(bundle as unknown as Bundle);
    await pushReferrer(repository, subjectOf(bytes, contentType!), Buffer.from(JSON.stringify(bundle)));
    repository.close();
  }
  await sigstore.stop();
  return JSON.stringify(sigstore.trustedRoot);
}

/** The packages that read certificates, which a workspace installs for itself, and what they need. */
const OPTIONAL = ['bundle', 'core', 'protobuf-specs', 'verify'];

/** Puts the optional packages where npm would. */
export function installSigstore(workspace: Workspace): void {
  for (const name of OPTIONAL) {
    const from = join(REPOSITORY, 'node_modules/@sigstore', name);
    cpSync(from, workspace.path('node_modules/@sigstore', name), { recursive: true });
  }
}
