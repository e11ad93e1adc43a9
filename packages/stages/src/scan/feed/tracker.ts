import type { StageError } from '../../error.js';
import { isRecord } from '../../seal.js';
import { severityOfUrgency } from '../severity.js';
import type { Advisory } from './advisory.js';

/**
 * The advisories of a source package in the JSON of Debian's security tracker, one for each release. A vulnerability is `open`, or
 * `resolved` in a version, which is 0 where the package never had it; what is `undetermined` is left out, because Debian does not
 * know whether the package has it. https://security-tracker.debian.org/tracker/
 */
export function trackerAdvisories(
  source: string,
  vulnerabilities: unknown,
  wrong: (what: string) => StageError,
): Advisory[] {
  if (!isRecord(vulnerabilities))
    throw wrong(`${JSON.stringify(source)} is no source package of Debian’s tracker`);
  return Object.entries(vulnerabilities).flatMap(([id, about]) => {
    const { releases, description } = isRecord(about) ? about : {};
    if (!isRecord(releases)) throw wrong(`${source}: ${id} has no "releases"`);
    return Object.entries(releases).flatMap(([release, state]): Advisory[] => {
      const { status, fixed_version: fixed, urgency } = isRecord(state) ? state : {};
      if (status !== 'open' && status !== 'resolved') return [];
      const end = typeof fixed === 'string' ? [{ fixed }] : [];
      if (status === 'resolved' && (end.length === 0 || fixed === '0')) return [];
      return [
        {
          id,
          names: [id],
          ...(typeof description === 'string' && { summary: description }),
          severity: severityOfUrgency(urgency),
          ecosystem: 'Debian',
          release,
          package: source,
          versions: [],
          ranges: [[{ introduced: '0' }, ...end]],
        },
      ];
    });
  });
}
