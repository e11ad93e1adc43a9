/** What happens to images without being checked: refuse them, let them pass with a warning, or let them pass. */
export const ACTIONS = ['deny', 'warn', 'off'] as const;
/** One of `ACTIONS`. */
export type Action = (typeof ACTIONS)[number];

/** Signed with the private key that belongs to a public one. */
export interface KeyOption {
  /** A PEM file as cosign writes it (`cosign.pub`), from the root of the workspace. */
  readonly key: string;
  /** A trusted root file; with it, an entry in one of its transparency logs is required too. */
  readonly trustedRoot?: string;
}

/** Signed without a long-lived key, by an identity that Fulcio has certified. */
export interface IdentityOption {
  /** The certificate's subject, exact: an e-mail address or a URI. */
  readonly identity?: string;
  /** Instead of `identity`: `*` stands for characters within a path segment, `**` for any; the rest is literal. */
  readonly identityPattern?: string;
  /** The OpenID Connect issuer, exact. */
  readonly issuer?: string;
  /** Instead of `issuer`: a pattern as in `identityPattern`. */
  readonly issuerPattern?: string;
  /** A trusted root file, from the root of the workspace; default: that of the whole option. */
  readonly trustedRoot?: string;
}

/** What an image must be signed by: a key, or an identity. */
export type AuthorityOption = KeyOption | IdentityOption;

/** The plugin option `signatures`. */
export interface SignaturesOption {
  /** What happens to images that no prefix of `images` names; default `off`. */
  readonly default?: Action;
  /** `trusted_root.json` of the Sigstore instance, from the root of the workspace; for all identities. */
  readonly trustedRoot?: string;
  /** Reference prefix to what its images must be signed by (one of a list suffices), or to an action. */
  readonly images?: Readonly<Record<string, Action | AuthorityOption | readonly AuthorityOption[]>>;
}
