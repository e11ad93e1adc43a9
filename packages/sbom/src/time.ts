import type { SbomFacts } from './facts.js';

/** Milliseconds of the last second of the year 9999, after which times are written otherwise. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59);

/** The time of a document, to the second, as SPDX and CycloneDX write it. */
export function timeOf({ images, created, epoch }: SbomFacts): string {
  const named = images.flatMap((image) => [image.created, ...image.attested.map((one) => one.created)]);
  const times = (created === undefined ? named : [created])
    .map((text) => (text === undefined ? NaN : Date.parse(text)))
    .filter((time) => time >= 0 && time <= LAST);
  const latest = times.reduce((most, time) => Math.max(most, time), -1);
  return new Date(latest < 0 ? epoch * 1000 : latest).toISOString().replace(/\.\d+Z$/, 'Z');
}
