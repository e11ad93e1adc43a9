import { fromVector } from 'ae-cvss-calculator';
import { isRecord } from '../seal.js';

/** Severities in ascending order. What no feed has rated is below all. */
export const SEVERITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'] as const;

/** One of `SEVERITIES`. */
export type Severity = (typeof SEVERITIES)[number];

/** The words of databases, in lower case. */
const WORDS: ReadonlyMap<string, Severity> = new Map(
  Object.entries({
    unimportant: 'negligible',
    negligible: 'negligible',
    minor: 'low',
    low: 'low',
    moderate: 'medium',
    medium: 'medium',
    high: 'high',
    important: 'high',
    critical: 'critical',
  }),
);

/**
 * The severity of an OSV entry for one of its packages: the word of the database, which people have chosen, else the highest of its
 * CVSS vectors, else the urgency that Debian gives.
 */
export function severityOf(
  entry: Readonly<Record<string, unknown>>,
  affected: Readonly<Record<string, unknown>>,
): Severity {
  const words = [affected.database_specific, affected.ecosystem_specific, entry.database_specific];
  const [word] = words.flatMap((one) => wordIn(isRecord(one) ? one.severity : undefined) ?? []);
  if (word !== undefined) return word;
  const scores = [...scoresIn(affected.severity), ...scoresIn(entry.severity)];
  if (scores.length > 0) return severityOfScore(Math.max(...scores));
  const urgencies = [affected.ecosystem_specific, entry.database_specific];
  const [urgency] = urgencies.flatMap((one) => wordIn(isRecord(one) ? one.urgency : undefined) ?? []);
  return urgency ?? 'unknown';
}

/** The severity that an urgency of Debian's tracker stands for; `not yet assigned` and `end-of-life` rate nothing. */
export function severityOfUrgency(urgency: unknown): Severity {
  return wordIn(urgency) ?? 'unknown';
}

function wordIn(value: unknown): Severity | undefined {
  return typeof value === 'string' ? WORDS.get(value.toLowerCase().replace(/\*+$/, '')) : undefined;
}

/** The overall scores of vectors, whatever version of CVSS they are of. One that cannot be read rates nothing. */
function scoresIn(severities: unknown): number[] {
  return (Array.isArray(severities) ? severities : []).flatMap((one) => {
    const score = isRecord(one) && typeof one.score === 'string' ? one.score : '';
    const overall = scoreOf(score);
    return overall === undefined || Number.isNaN(overall) ? [] : [overall];
  });
}

/** Characters of a vector. One of CVSS 4.0 with all its metrics has 250. */
const LONGEST_VECTOR = 1000;
/** A vector of any version of CVSS. The calculator writes a warning with any other text to the terminal. */
const VECTOR = /^(?:CVSS:\d\.\d\/)?[A-Za-z]+:[A-Za-z0-9]+(?:\/[A-Za-z]+:[A-Za-z0-9]+)*$/;

function scoreOf(vector: string): number | undefined {
  if (vector.length > LONGEST_VECTOR || !VECTOR.test(vector)) return undefined;
  try {
    return fromVector(vector)?.calculateScores().overall;
  } catch {
    return undefined;
  }
}

/** https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale, which CVSS 4.0 keeps. */
function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
