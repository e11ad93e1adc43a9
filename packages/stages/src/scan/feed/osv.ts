import type { StageError } from '../../error.js';
import { isRecord } from '../../seal.js';
import { severityOf } from '../severity.js';
import type { Advisory, RangeEvent } from './advisory.js';

type Wrong = (what: string) => StageError;

/** The advisories of an entry of OSV, one for each affected package: https://ossf.github.io/osv-schema/. Throws what `wrong` gives. */
export function osvAdvisories(entry: Readonly<Record<string, unknown>>, wrong: Wrong): Advisory[] {
  const { id, withdrawn, summary, affected = [] } = entry;
  if (typeof id !== 'string') throw wrong('an entry has no "id", expected an entry of OSV');
  if (!Array.isArray(affected)) throw wrong(`"affected" of ${id} is no list`);
  if (withdrawn !== undefined) return [];
  const names = [...new Set([id, ...textsIn(entry.aliases), ...textsIn(entry.upstream)])];
  return affected.flatMap((one, i) => {
    const { package: about, ranges, versions } = isRecord(one) ? one : {};
    if (!isRecord(about)) return [];
    const { ecosystem, name } = about;
    if (typeof ecosystem !== 'string' || typeof name !== 'string')
      throw wrong(`affected[${i}].package of ${id} has no "ecosystem" and "name"`);
    const [base, release] = splitOnce(ecosystem, ':');
    return [
      {
        id,
        names,
        ...(typeof summary === 'string' && { summary }),
        severity: severityOf(entry, one as Record<string, unknown>),
        ecosystem: base,
        ...(release !== undefined && { release }),
        package: name,
        versions: textsIn(versions),
        ranges: rangesIn(ranges),
      },
    ];
  });
}

/** Ranges of versions. Those of commits say nothing about a version. */
function rangesIn(ranges: unknown): RangeEvent[][] {
  return (Array.isArray(ranges) ? ranges : [])
    .filter((range) => isRecord(range) && range.type !== 'GIT')
    .map(({ events }) => (Array.isArray(events) ? events.flatMap(eventsIn) : []));
}

function eventsIn(event: unknown): RangeEvent[] {
  if (!isRecord(event)) return [];
  const { introduced, fixed, last_affected: lastAffected, limit } = event;
  if (typeof introduced === 'string') return [{ introduced }];
  if (typeof fixed === 'string') return [{ fixed }];
  if (typeof lastAffected === 'string') return [{ lastAffected }];
  return typeof limit === 'string' && limit !== '*' ? [{ limit }] : [];
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
