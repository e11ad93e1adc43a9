export type { Signer } from './check/verdict.js';
export { SignatureError, type SignatureErrorCode } from './error.js';
export { formatEvidence, parseEvidence, type Evidence } from './evidence/evidence.js';
export { verifyEvidence } from './evidence/verify-evidence.js';
export type { PlaceKind } from './find/place.js';
export type { SignatureSource } from './find/source.js';
export type { SigstoreBundle } from './format/bundle.js';
export type { Signature } from './format/signature.js';
export type { SimpleSigning } from './format/simple-signing.js';
export { formatImage, type LockedReference } from './image.js';
export type { Algorithm } from './key/algorithm.js';
export { generateKeyPair, type KeyPair, type KeyPairOptions } from './key/key-pair.js';
export { readPassword, type PasswordSource } from './key/password.js';
export { readPrivateKey, signMessage, type PrivateKey } from './key/private-key.js';
export { readPublicKey, verifies, type PublicKey } from './key/public-key.js';
export { decide, type Decision, type DecideOptions } from './policy/decide.js';
export type {
  Action,
  AuthorityOption,
  IdentityOption,
  KeyOption,
  SignaturesOption,
} from './policy/option.js';
export type { Demand } from './policy/demand.js';
export { parsePolicy, policyFiles, type ParsedPolicy, type ParsedRule } from './policy/parse-policy.js';
export type { Matcher } from './policy/pattern.js';
export { loadPolicy, type Authority, type Policy, type Rule, type TrustedRootFile } from './policy/policy.js';
export { signFile } from './sign/sign-file.js';
export { signImage, type SignatureTarget, type SignedImage } from './sign/sign-image.js';
export { signImageWithBundle, type BundleTarget } from './sign/sign-image-bundle.js';
export { verifyFile } from './sign/verify-file.js';
export type { Verification } from './verification.js';
export { verifyImage } from './verify-image.js';
