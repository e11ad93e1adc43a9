/** A context with names that patterns, quotes and paths may get wrong: text by path, `-> target` for a link. */
export const CONTEXT: Readonly<Record<string, string>> = {
  a: '1',
  'b.txt': '22',
  'c.txt': 'c',
  'd/sub/f': '333',
  'd/x.txt': 'x',
  'd/run': '#!/bin/sh\n',
  'd/l': '-> sub/f',
  'sp ace/f g': 'sp',
  '[br]': 'br',
  'star*': 'st',
  '.hid': 'h',
  'dir2/.h2': '2',
  'back\\sl': 'bs',
};

/** Forms that a Dockerfile may have, each by its name, built from `CONTEXT` and the archives `arc.tar`, `.tgz` and `.tar.xz`. */
export const FORMS: Readonly<Record<string, string>> = {
  'a byte order mark': '\uFEFFFROM scratch\nCOPY a /\n',
  'line ends of Windows': 'FROM scratch\r\nCOPY a \\\r\n /\r\nENV X="1 2" \\\r\n Y=3\r\n',
  'the directive escape': '# escape=`\nFROM scratch\nCOPY a `\n  /w\nENV P=c:\\x Q=`$P\n',
  'a directive behind a comment': '# hello\n# escape=`\nFROM scratch\nENV P=a\\\n  Q=1\nCOPY a /\n',
  'keywords and stages in any case': 'from scratch as One\ncopy a /a\nfrom scratch\ncopy --from=ONE /a /b\n',
  'a stage by its number': 'FROM scratch\nCOPY a /a\nFROM scratch\nCOPY --from=0 /a /b\n',
  'a stage on a stage':
    'FROM scratch AS x\nCOPY a /a\nFROM x\nCOPY b.txt /\nFROM scratch\nCOPY --from=1 / /all/\n',
  'a stage that nothing needs': 'FROM nonexist:1 AS u\nRUN x\nFROM scratch\nCOPY a /\n',
  'ARG before FROM': 'ARG B=scratch\nARG V=7\nFROM $B\nARG V\nENV W=$V\nCOPY a /$V\n',
  'the scope of ARG': 'ARG V=7\nFROM scratch\nENV W=x$V\nARG V=8\nENV Z=$V\nCOPY a /\n',
  'ARG of the stage below': 'FROM scratch AS a\nARG Q=1\nENV E=e$Q\nFROM a\nENV F=f$Q\nCOPY a /\n',
  'variables without a value': 'FROM scratch\nCOPY a /x$NOPE\nENV A=${NOPE}b\nLABEL c=$NOPE\n',
  'ENV with quotes': `FROM scratch
ENV A="x y" B=x\\ y C='$A' D="$A" E=\${A:-n} F=\${N:-d} G=\${A:+p} H="a\\"b" I='a"b'
ENV J a b  c="d"
ENV K=$J$$x
COPY a /
`,
  'ENV that reads itself': 'FROM scratch\nENV A=1\nENV A=2 B=$A\nCOPY a /\n',
  labels: 'FROM scratch\nLABEL a=b "c d"="e f" g=\'h\' \\\n  i=j\nLABEL k l m\nCOPY a /\n',
  'comments inside of an instruction':
    'FROM scratch\nENV A=1 \\\n# comment\n  # another\n\n  B=2\nCOPY a /\n',
  'a continuation at the end': 'FROM scratch\nCOPY a / \\\n',
  'white space everywhere': 'FROM scratch  \n  COPY   a    /x  \\  \n   \n',
  'destinations with and without a slash':
    'FROM scratch\nCOPY a /x\nCOPY a /y/\nCOPY a b.txt /z/\nCOPY d /w\nCOPY d/ /v/\nCOPY d/. /u\nCOPY . /t\n',
  patterns:
    'FROM scratch\nCOPY *.txt /g/\nCOPY d/*.txt /h\nCOPY [ab]* /i/\nCOPY ?.txt /j/\nCOPY d* /k/\nCOPY */f* /m/\n',
  'a pattern for everything': 'FROM scratch\nCOPY * /x/\n',
  'a pattern that matches nothing':
    'FROM scratch\nCOPY a nope* /x/\nCOPY d/*.none /y/\nCOPY d/sub/[z] b.txt /z/\n',
  'the whole context': 'FROM scratch\nCOPY . .\n',
  'escaped patterns': 'FROM scratch\nCOPY [[]br] /a\nCOPY star\\* /b\n',
  'names with spaces': 'FROM scratch\nCOPY ["sp ace/f g", "/x y/"]\nCOPY ["sp ace", "/z z"]\n',
  'sources with dots and a slash': 'FROM scratch\nCOPY ./d/../a /x\nCOPY /a /y\n',
  WORKDIR:
    'FROM scratch\nWORKDIR /a\nWORKDIR b\nWORKDIR ../c\nENV D=/e\nWORKDIR $D/f\nCOPY a .\nCOPY a ./\nCOPY a x/y\n',
  'a relative WORKDIR': 'FROM scratch\nWORKDIR rel\nCOPY a .\n',
  owners: 'FROM scratch\nCOPY --chown=5 a /a\nCOPY --chown=5:6 b.txt /b\nCOPY --chown=7:8 d /d\n',
  modes: 'FROM scratch\nCOPY --chmod=755 a /a\nCOPY --chmod=0600 a /c\n',
  'modes of folders':
    'FROM scratch AS x\nCOPY --chmod=700 --chown=5 d /d\nFROM scratch\nCOPY --from=x /d /e\nCOPY --chmod=0711 d /f\nCOPY --chmod=0600 a /g/h/a\n',
  'triggers of a stage': `FROM scratch AS x
ONBUILD COPY a /n
ONBUILD ENV A=1
ENV A=0
COPY b.txt /
FROM x AS y
COPY --from=x / /x/
ENV B=$A
FROM y
COPY a /o
`,
  'a file on a file': 'FROM scratch\nCOPY a /p\nCOPY b.txt /p\n',
  'a file on a symlink': 'FROM scratch\nCOPY d /p\nCOPY a /p/l\n',
  'files in a folder that is there': 'FROM scratch\nCOPY d /p\nCOPY a /p/sub/f\nCOPY b.txt /p/l\n',
  'ADD of files': 'FROM scratch\nADD a /a\nADD d /d/\nADD ["a", "b.txt", "/m/"]\n',
  'ADD of archives': 'FROM scratch\nADD arc.tar /x/\nADD arc.tgz /y\nADD arc.tar.xz /z/\nCOPY arc.tar /w/\n',
  'ADD of an archive and a file': 'FROM scratch\nADD a arc.tar /x/\n',
  'CMD and ENTRYPOINT':
    'FROM scratch\nSHELL ["/bin/x","-e"]\nCMD a "b" $C\nENTRYPOINT ["e", "f"]\nCOPY a /\n',
  'ENTRYPOINT after CMD': 'FROM scratch\nCMD ["a"]\nENTRYPOINT b\nCOPY a /\n',
  'CMD that is no JSON': "FROM scratch\nCMD ['a', 'b']\nCOPY a /\n",
  'empty CMD and ENTRYPOINT': 'FROM scratch\nENTRYPOINT []\nCMD []\nCOPY a /\n',
  VOLUME: 'FROM scratch\nVOLUME /a /b\nVOLUME ["/c d", "/e"]\nCOPY a /\n',
  EXPOSE: 'FROM scratch\nARG P=90\nEXPOSE 80 81/udp 8000-8002/tcp $P\nCOPY a /\n',
  'STOPSIGNAL, USER and HEALTHCHECK': `FROM scratch
STOPSIGNAL SIGTERM
USER a:b
HEALTHCHECK --interval=5s --timeout=3s --retries=2 --start-period=1m CMD curl x || exit 1
COPY a /
`,
  'HEALTHCHECK NONE': 'FROM scratch\nHEALTHCHECK NONE\nCOPY a /\n',
  'HEALTHCHECK as JSON': 'FROM scratch\nHEALTHCHECK CMD ["a","b"]\nCOPY a /\n',
  MAINTAINER: 'FROM scratch\nMAINTAINER me <a@b>\nCOPY a /\n',
  'FROM with a platform': 'FROM --platform=linux/amd64 scratch\nCOPY a /\n',
  'variables of the platform': `FROM --platform=$BUILDPLATFORM scratch AS b
COPY a /
FROM scratch
ARG TARGETARCH
ARG TARGETPLATFORM
ENV T=$TARGETARCH-$TARGETPLATFORM
COPY --from=b /a /
`,
};
