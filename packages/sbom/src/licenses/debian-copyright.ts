import { debianExpression } from './debian-names.js';

/** Marks a file that programs can read: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ */
const MACHINE_READABLE = /^Format(?:-Specification)?:\s*\S*(?:copyright-format|dep5|DEP5|CopyrightFormat)/im;

/**
 * The licence of a Debian package out of its copyright file, as an SPDX expression. A machine-readable file names the licence of
 * each of its files, which all hold. A file of another form is prose: the licences count whose texts it points to below
 * `/usr/share/common-licenses`. Undefined where it points to none.
 */
export function debianLicense(copyright: string): string | undefined {
  return MACHINE_READABLE.test(copyright) ? ofFields(copyright) : ofProse(copyright);
}

function ofFields(copyright: string): string | undefined {
  const synopses = [...copyright.matchAll(/^License:[ \t]*(\S.*)$/gim)].map(([, synopsis]) =>
    synopsis.trim(),
  );
  return all(synopses.flatMap((synopsis) => debianExpression(synopsis) ?? []));
}

/** The files of `/usr/share/common-licenses` are named by licence and version; `GPL` alone is any version. */
function ofProse(copyright: string): string | undefined {
  const words = [...copyright.matchAll(/\/usr\/share\/common-licenses\/([A-Za-z]+(?:-[A-Za-z]*[\d.]*\d)?)/g)];
  const isLater = /any\s+later\s+version/i.test(copyright);
  const names = [...new Set(words.map(([, name]) => name))].map((name) => {
    // Debian's text of that name has three clauses.
    if (name === 'BSD') return 'BSD-3-clause';
    if (/^[AL]?GPL$/.test(name)) return `${name}-${name === 'LGPL' ? '2' : '1'}+`;
    return isLater && /^(?:[AL]?GPL|GFDL)-/.test(name) ? `${name}+` : name;
  });
  return all(names.flatMap((name) => debianExpression(name) ?? []));
}

function all(expressions: readonly string[]): string | undefined {
  const unique = [...new Set(expressions)].sort();
  if (unique.length === 0) return undefined;
  if (unique.length === 1) return unique[0];
  return unique.map((text) => (/ OR /.test(text) ? `(${text})` : text)).join(' AND ');
}
