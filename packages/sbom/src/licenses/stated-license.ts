import { debianExpression } from './debian-names.js';
import { parsed } from './expression.js';

/** What is known of the licence of a package. */
export interface StatedLicense {
  /** An SPDX expression, which may have names of its own. */
  readonly expression?: string;
  /** Words that are no expression. */
  readonly words?: string;
}

/**
 * Reads the licences that documents state for a package. Several that differ all count. `Apache 2.0` and the like, which
 * are close to a name, are taken for it; other words stay words.
 */
export function statedLicense(licenses: readonly string[]): StatedLicense {
  const texts = licenses.map((text) => text.trim()).filter((text) => text !== '');
  const expressions = texts.map(expressionOf);
  if (texts.length === 0) return {};
  if (expressions.includes(undefined)) return { words: texts.join('; ') };
  const unique = [...new Set(expressions as string[])];
  if (unique.length === 1) return { expression: unique[0] };
  return { expression: unique.map((text) => (/ OR /i.test(text) ? `(${text})` : text)).join(' AND ') };
}

/** Forms of names that packages of PyPI, npm and Alpine often have, by pattern. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/^(?:the )?mit(?: licen[cs]e)?$/i, 'MIT'],
  [/^(?:the )?apache(?: software)?(?: licen[cs]e)?,?(?: version)?[ -]?(?:v?2(?:\.0)?)$/i, 'Apache-2.0'],
  [/^(?:the )?isc(?: licen[cs]e)?(?: \(iscl\))?$/i, 'ISC'],
  [/^(?:new |modified |3-clause )bsd(?: licen[cs]e)?$|^bsd 3-clause$/i, 'BSD-3-Clause'],
  [/^(?:simplified |2-clause )bsd(?: licen[cs]e)?$|^bsd 2-clause$/i, 'BSD-2-Clause'],
  [/^(?:mozilla public licen[cs]e 2\.0(?: \(mpl 2\.0\))?|mpl[ -]?2(?:\.0)?)$/i, 'MPL-2.0'],
  [/^python software foundation licen[cs]e$|^psf(?:l|-2\.0)?$/i, 'PSF-2.0'],
];

function expressionOf(text: string): string | undefined {
  if (parsed(text)) return text;
  const form = FORMS.find(([pattern]) => pattern.test(text))?.[1];
  if (form !== undefined) return form;
  const words = debianExpression(text);
  if (words !== undefined && !words.includes('LicenseRef-')) return words;
  // Older packages of Alpine write all their licences with spaces between.
  const all = debianExpression(text.split(/\s+/).join(' and '));
  return all !== undefined && !all.includes('LicenseRef-') ? all : undefined;
}
