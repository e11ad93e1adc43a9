import type { ImageInventory } from '../inventory/component.js';
import { appliesTo } from '../vex/applies.js';
import type { VexJustification, VexStatement, VexStatus } from '../vex/statement.js';

/** The words of CycloneDX for those of OpenVEX: https://cyclonedx.org/docs/1.6/json/#vulnerabilities_items_analysis_state */
const STATES = {
  not_affected: 'not_affected',
  affected: 'exploitable',
  fixed: 'resolved',
  under_investigation: 'in_triage',
} as const satisfies Record<VexStatus, string>;

/** OpenVEX has one word that CycloneDX lacks; its meaning goes into the details. */
const JUSTIFICATIONS: Readonly<Partial<Record<VexJustification, string>>> = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
};

/** The references of the components of a document: each image, and each of its packages by its place in the list. */
export interface Referenced {
  readonly system: string;
  readonly systemRef: string;
  readonly images: readonly ImageInventory[];
  refOf(image: number, component: number): string;
}

/** What a person says about vulnerabilities, as the vulnerabilities of a document, each with the components that it is about. */
export function vulnerabilitiesOf(statements: readonly VexStatement[], referenced: Referenced) {
  return statements.map((statement, i) => {
    const [id, ...aliases] = statement.names;
    return {
      'bom-ref': `vex-${i}`,
      id,
      ...(aliases.length > 0 && {
        references: aliases.map((alias) => ({ id: alias, source: { name: 'VEX' } })),
      }),
      analysis: analysisOf(statement),
      affects: refsOf(statement, referenced).map((ref) => ({ ref })),
    };
  });
}

function analysisOf({ status, justification, words }: VexStatement) {
  const known = justification && JUSTIFICATIONS[justification];
  const detail = [known === undefined ? justification : undefined, words].filter(
    (text) => text !== undefined,
  );
  return {
    state: STATES[status],
    ...(known !== undefined && { justification: known }),
    ...(detail.length > 0 && { detail: detail.join(': ') }),
  };
}

/** A statement without products is about the system. One about a package that the system lacks affects nothing. */
function refsOf(statement: VexStatement, { system, systemRef, images, refOf }: Referenced): string[] {
  const isWhole = statement.products.every(
    ({ id, subcomponents }) => id === system && subcomponents.length === 0,
  );
  if (isWhole) return [systemRef];
  return images.flatMap(({ image, components }, i) =>
    components.flatMap((component, j) =>
      appliesTo(statement, { system, image, component }) ? [refOf(i, j)] : [],
    ),
  );
}
