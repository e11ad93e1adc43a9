import type { SigstoreBundle } from './bundle.js';
import type { SimpleSigning } from './simple-signing.js';

/** A signature as it was found at an image, in one of the two formats that cosign writes. */
export type Signature = SimpleSigning | SigstoreBundle;
