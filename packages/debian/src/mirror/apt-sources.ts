import { parseParagraphs } from './deb822.js';

/** The parts of an apt source that tell whether it is Debian's own archive. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy?: string;
}

/** Reads the one-line format of sources.list(5): `deb [option=value …] uri suite component…`. */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(match[1] ?? '')?.[1];
    return [{ uri: match[2], suites: [match[3]], components: words(match[4]), signedBy }];
  });
}

/** Reads the deb822 format of sources.list(5), which files `*.sources` have. */
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
 * Tells whether a source is Debian's own archive, without knowing any host: it has a suite of Debian, the component
 * `main`, and no key but Debian's. An archive that only looks like it does no harm, because everything that it sends is
 * verified. The security archive does not count, because it lacks the release suite.
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
