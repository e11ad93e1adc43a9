import { parsed } from './expression.js';

/**
 * Short names of licences in Debian's copyright files, in lower case, and what SPDX calls them:
 * https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name
 */
const NAMES: Readonly<Record<string, string>> = {
  apache: 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  artistic: 'Artistic-1.0-Perl',
  'bsd-2-clause-freebsd': 'BSD-2-Clause-Views',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'boost-1.0': 'BSL-1.0',
  bzip2: 'bzip2-1.0.6',
  cc0: 'CC0-1.0',
  curl: 'curl',
  expat: 'MIT',
  'gfdl-niv-1.2+': 'GFDL-1.2-no-invariants-or-later',
  'gfdl-niv-1.3+': 'GFDL-1.3-no-invariants-or-later',
  'gfdl-niv-1.3': 'GFDL-1.3-no-invariants-only',
  libpng: 'libpng-2.0',
  mit: 'MIT',
  'mit/x11': 'MIT',
  'mit-x11': 'X11',
  openssl: 'OpenSSL',
  perl: 'Artistic-1.0-Perl OR GPL-1.0-or-later',
  'psf-2': 'PSF-2.0',
  python: 'Python-2.0',
  'w3c-software': 'W3C',
  zlib: 'Zlib',
};

/** Exceptions in copyright files, in lower case, and what SPDX calls them. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  autoconf: 'Autoconf-exception-2.0',
  bison: 'Bison-exception-2.2',
  classpath: 'Classpath-exception-2.0',
  font: 'Font-exception-2.0',
  gcc: 'GCC-exception-3.1',
  libtool: 'Libtool-exception',
};

/**
 * The SPDX expression of a synopsis such as `GPL-2+ or Artistic`. What SPDX does not list gets a name of its own,
 * `LicenseRef-` and the word, so that nothing is taken for a licence that it is not.
 */
export function debianExpression(synopsis: string): string | undefined {
  const alternatives = synopsis
    .replace(/[,|]\s*(?=(?:and|or)\b)/gi, ' ')
    .split(/\s+or\s+|\s*\|\s*/i)
    .map((side) => side.split(/\s+and\s+|\s*,\s*/i).flatMap((name) => licenseOf(name.trim()) ?? []))
    .filter((names) => names.length > 0)
    .map((names) => joined([...new Set(names)], 'AND'));
  return alternatives.length === 0 ? undefined : joined([...new Set(alternatives)], 'OR');
}

function joined(expressions: readonly string[], word: 'AND' | 'OR'): string {
  if (expressions.length === 1) return expressions[0];
  const inner = word === 'AND' ? /\bOR\b/ : /(?!)/;
  return expressions.map((text) => (inner.test(text) ? `(${text})` : text)).join(` ${word} `);
}

function licenseOf(name: string): string | undefined {
  if (name === '') return undefined;
  const [, license, exception] = /^(\S+)\s+with\s+(\S+)(?:\s+exception)?$/i.exec(name) ?? [];
  if (license === undefined) return idOf(name) ?? ownName(name);
  const known = EXCEPTIONS[exception.toLowerCase()] ?? exception;
  const text = `${idOf(license) ?? ''} WITH ${known}`;
  return parsed(text) ? text : ownName(name);
}

function idOf(name: string): string | undefined {
  const known = NAMES[name.toLowerCase()] ?? gnuId(name);
  const found = known ?? [name, name.replace(/\bclause\b/i, 'Clause')].find((text) => parsed(text));
  return found !== undefined && parsed(found) ? found : undefined;
}

/** `GPL-2+` is `GPL-2.0-or-later`, `LGPL-2.1` is `LGPL-2.1-only`. */
function gnuId(name: string): string | undefined {
  const [, family, major, minor, plus] =
    /^(A?GPL|LGPL|GFDL)-?v?(\d)(?:\.(\d))?(?:\.0)?(\+?)$/i.exec(name) ?? [];
  if (family === undefined) return undefined;
  return `${family.toUpperCase()}-${major}.${minor ?? '0'}-${plus ? 'or-later' : 'only'}`;
}

function ownName(name: string): string {
  return `LicenseRef-${name.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-+|-+$/g, '') || 'unnamed'}`;
}
