import { printable } from '@nx-linuxkit/errors';
import { isSilenced, type Finding, type SystemScan } from './finding.js';
import { SEVERITIES } from './severity.js';

/** Packages in the line about those that no feed is read for; the JSON has all. */
const SHOWN = 5;

/** Says for a person what was found, the worst first, with the versions that fix it, and what is silent and why. */
export function scanLines({ system, platform, feed, packages, passedOver, findings }: SystemScan): string[] {
  const [silent, open] = [findings.filter(isSilenced), findings.filter((finding) => !isSilenced(finding))];
  const counts = [...SEVERITIES].reverse().flatMap((severity) => {
    const count = open.filter((finding) => finding.severity === severity).length;
    return count > 0 ? [`${severity} ${count}`] : [];
  });
  const more = passedOver.length > SHOWN ? ` and ${passedOver.length - SHOWN} more` : '';
  const lines = [
    `${system} for ${platform}: packages looked for in ${feed}: ${packages}, vulnerabilities: ${open.length}${counts.length > 0 ? ` (${counts.join(', ')})` : ''}`,
    ...open.map((finding) => `  ${lineOf(finding)}`),
    ...(silent.length > 0 ? [`silent by VEX: ${silent.length}`] : []),
    ...silent.map((finding) => `  ${lineOf(finding)}: ${reasonOf(finding)}`),
    ...(passedOver.length > 0
      ? [
          `not looked for, without a version or of another kind: ${passedOver.slice(0, SHOWN).join(', ')}${more}`,
        ]
      : []),
  ];
  return lines.map(printable);
}

function lineOf({ severity, id, package: of, fixed, images, vex }: Finding): string {
  const source = of.source === undefined ? '' : ` (source ${of.source})`;
  const fix = fixed.length > 0 ? `fixed in ${fixed.join(', ')}` : 'no fixed version';
  const said = vex && vex.status !== 'not_affected' && vex.status !== 'fixed' ? `; ${vex.status}` : '';
  return `${severity.padEnd(10)} ${id}  ${of.name} ${of.version}${source}: ${fix}; of ${images.join(', ')}${said}`;
}

function reasonOf({ vex }: Finding): string {
  return [vex?.status, vex?.justification, vex?.words].filter((word) => word !== undefined).join(', ');
}
