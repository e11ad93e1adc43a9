import { parseParagraphs } from './deb822.js';

/** The parts of an apt source that say whether it can be Debian's own archive. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy?: string;
}

/** One-line format of sources.list(5): `deb [option=value …] uri suite component…`. */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(match[1] ?? '')?.[1];
    return [{ uri: match[2], suites: [match[3]], components: words(match[4]), signedBy }];
  });
}

/** deb822 format of sources.list(5), as in `*.sources`. */
export function parseDeb822Sources(text: string): AptSource[] {
  return [...parseParagraphs(text.split('\n'))]
    .filter((fields) => words(fields.get('types')).includes('deb') && fields.get('enabled') !== 'no')
    .flatMap((fields) =>
      words(fields.get('uris')).map((uri) => ({
        uri,
        suites: words(fields.get('suites')),
        components: words(fields.get('components')),
        signedBy: fields.get('signed-by'),
      })),
    );
}

const DEBIAN_SUITE =
  /^(stable|oldstable|oldoldstable|testing|unstable|sid|bullseye|bookworm|trixie|forky|duke)(-updates)?$/;

/**
 * Debian's own archive, told without knowing any host: a suite of Debian's, its component `main`, and no key
 * but Debian's. An archive that only looks like it does no harm, as what it sends is verified; the security
 * archive is left out because it lacks the release suite.
 */
export function isDebian(source: AptSource): boolean {
  return (
    /^https?:\/\//.test(source.uri) &&
    source.suites.some((suite) => DEBIAN_SUITE.test(suite)) &&
    source.components.includes('main') &&
    (source.signedBy === undefined ||
      !source.signedBy.startsWith('/') ||
      /debian-archive/.test(source.signedBy))
  );
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
