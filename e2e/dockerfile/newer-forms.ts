import { CONTEXT } from './forms.js';

/** A context with folders in folders, and with modes of git. */
export const NEWER_CONTEXT: Readonly<Record<string, string>> = {
  ...CONTEXT,
  'p/a.md': '1',
  'p/a.txt': '22',
  'p/q/b.md': '1',
  'p/q/b.txt': '22',
  'p/q/r/c.md': '1',
  'p/q/r/run': '#!/bin/sh\n',
  'p/q/l': '-> r',
  'p2/q/b.md': '333',
};

/**
 * Forms that came with BuildKit 0.13 to 0.26. `newer-forms.json` has what BuildKit 0.26.3 made of them; with BUILDKIT_HOST and
 * `buildctl` they are built anew.
 */
export const NEWER_FORMS: Readonly<Record<string, string>> = {
  '--exclude of names': 'FROM scratch\nCOPY --exclude=*.md p /x\n',
  '--exclude at any depth': 'FROM scratch\nCOPY --exclude=**/*.md p p2 /x/\n',
  '--exclude of a folder': 'FROM scratch\nCOPY --exclude=q/r --exclude=a.* p /x\n',
  '--exclude with an exception': 'FROM scratch\nCOPY --exclude=* --exclude=!q/b.txt p /x\n',
  '--exclude of everything': 'FROM scratch\nADD --exclude=* p p2 /x/\n',
  '--exclude with a variable': 'FROM scratch\nARG P=*.md\nCOPY --exclude=$P p /x\n',
  '--exclude of a pattern of folders': 'FROM scratch\nCOPY --exclude=*/*.md p* /x/\n',
  '--exclude from a stage':
    'FROM scratch AS s\nCOPY p /p\nFROM scratch\nCOPY --from=s --exclude=**/b.* /p /x\n',
  '--parents of files': 'FROM scratch\nCOPY --parents p/q/b.md p/a.txt /x/\n',
  '--parents of a folder': 'FROM scratch\nCOPY --parents p/q /x\n',
  '--parents with a dot in the path':
    'FROM scratch\nCOPY --parents ./p/./q/*.md /x\nCOPY --parents p/./q/r /y/\n',
  '--parents with two dots in the path': 'FROM scratch\nCOPY --parents /p/./q/./r /x\n',
  '--parents with a dot at the end': 'FROM scratch\nCOPY --parents /p/q/. /x\n',
  '--parents at any depth': 'FROM scratch\nCOPY --parents **/*.md /x\nCOPY --parents p*/./**/b.md /y\n',
  '--parents of nothing': 'FROM scratch\nCOPY --parents p/*.none /x\n',
  '--parents of a symlink': 'FROM scratch\nCOPY --parents p/q/l /x/\n',
  '--parents beside --exclude': 'FROM scratch\nCOPY --parents --exclude=q/*.txt --exclude=**/r p/./q /x\n',
  '--parents into folders that are there':
    'FROM scratch\nCOPY p /x/p\nCOPY --parents --chown=3:4 p/q/b.md /x/\n',
  '--parents from a stage with modes':
    'FROM scratch AS s\nCOPY --chmod=go= --chown=5 p /o/p\nFROM scratch\nCOPY --from=s --parents /o/./p/q/b.md /x/\n',
  '--parents with an owner and a mode':
    'FROM scratch\nCOPY --parents --chown=3:4 --chmod=u=rwX,go= p/q/b.md /x/\n',
  '--chmod with letters':
    'FROM scratch\nCOPY --chmod=u=rwX,go=rX p /x\nCOPY --chmod=go= p /y\nCOPY --chmod=+x a /a\n',
  '--chmod of special bits':
    'FROM scratch\nCOPY --chmod=u+s,g+s a /a\nCOPY --chmod=a=rx,+t a /b\nCOPY --chmod=+rt a /c\n',
  '--chmod that copies classes':
    'FROM scratch\nCOPY --chmod=g=u a /a\nCOPY --chmod=o=u-r,g+w a /b\nCOPY --chmod=u=g-w,g=ur a /c\n',
  '--chmod with X after -x':
    'FROM scratch\nCOPY --chmod=a-x,a+X p /x\nCOPY --chmod=a-X p/q/r/run /r\nCOPY --chmod== a /a\n',
  '--chmod of a heredoc': 'FROM scratch\nCOPY --chmod=u+x,go-r <<EOF /x\ntext\nEOF\n',
  '--unpack': 'FROM scratch\nADD --unpack=false arc.tgz /x/\nADD --unpack=true arc.tgz /y/\n',
  'patterns in variables': `FROM scratch
COPY a /
ARG F=a.b/c.b/d.tar.gz
ENV A=\${F#*.} B=\${F##*/} C=\${F%.*} D=\${F%%.*} E=\${F/.b/-} G=\${F//.b/+} H=\${F%.t?r*} I=\${F/*b/} J=\${NONE#x} K=\${F#b}
ENV L=\${F//./\\\\x} M="\${F##*/}" S='\${F#a}' T=\${F//?.b/z} U=\${F%\${NONE:-.gz}}
`,
  'triggers of a stage':
    'FROM scratch AS s\nONBUILD COPY a /n\nONBUILD ENV A=1\nENV A=0\nFROM s AS t\nENV B=$A\nFROM t\nCOPY a /o\n',
};
