/** The words of OpenVEX for what a vulnerability means to a product. */
export const VEX_STATUSES = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/** One of `VEX_STATUSES`. */
export type VexStatus = (typeof VEX_STATUSES)[number];

/** The words of OpenVEX for why a product is not affected. */
export const VEX_JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;

/** One of `VEX_JUSTIFICATIONS`. */
export type VexJustification = (typeof VEX_JUSTIFICATIONS)[number];

/** What a person says about one vulnerability: a statement of OpenVEX. */
export interface VexStatement {
  /** The name of the vulnerability and its aliases. */
  readonly names: readonly string[];
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  /** The words of the person: an impact statement, an action statement, notes. */
  readonly words?: string;
  /** What it is about; empty for the whole system. */
  readonly products: readonly VexProduct[];
}

/** A product as OpenVEX names it. */
export interface VexProduct {
  /** A package URL, or the name of a system or of an image. */
  readonly id: string;
  /** Packages in it, as package URLs; empty for all. */
  readonly subcomponents: readonly string[];
}
