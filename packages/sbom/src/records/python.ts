import { recordsIn } from './fields.js';
import type { NamedPackage } from './record.js';

/** Where a classifier names a licence: its last word does. */
const CLASSIFIER = /^Classifier:\s*License :: (?:.* :: )?(.+)$/gm;

/** The package of a `METADATA` in a `.dist-info`: https://packaging.python.org/specifications/core-metadata/ */
export function readPythonMetadata(text: string): NamedPackage[] {
  const [head] = text.replace(/\r\n/g, '\n').split(/\n\n/);
  const fields = recordsIn(head)[0];
  const [name, version] = [fields?.get('Name'), fields?.get('Version')];
  if (!name || !version) return [];
  const license = licenseOf(fields, head);
  return [{ type: 'pypi', name, version, ...(license !== undefined && { license }) }];
}

/** An expression, which is the newest form, else the one classifier, else the words of the field, if they are not a whole text. */
function licenseOf(fields: ReadonlyMap<string, string>, head: string): string | undefined {
  const classifiers = [...head.matchAll(CLASSIFIER)].map(([, name]) => name);
  const words = fields.get('License');
  const isText = words === undefined || words === '' || words === 'UNKNOWN' || words.length > 100;
  return (
    fields.get('License-Expression') ??
    (classifiers.length === 1 ? classifiers[0] : isText ? undefined : words)
  );
}
