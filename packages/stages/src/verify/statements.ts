/** What was checked: images by their references and digests. */
export interface Statements {
  readonly verified: readonly { readonly image: string; readonly by: string }[];
  /** Images that pass without a check: without a policy, the references that `trust` names. */
  readonly unverified: readonly string[];
}
