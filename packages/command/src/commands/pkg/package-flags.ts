import type { Flag } from '../../definition.js';

/** The flags that all commands of `linuxkit pkg` have. */
export const packageFlags: readonly Flag[] = [
  {
    name: 'org',
    kind: 'text',
    value: 'NAME',
    text: 'is the organisation in place of that of build.yml (LINUXKIT_PKG_ORG)',
  },
  {
    name: 'build-yml',
    kind: 'text',
    value: 'FILE',
    text: 'is the file in the folder that describes the package; default: build.yml',
  },
  {
    name: 'hash',
    kind: 'text',
    value: 'TEXT',
    text: 'stands for the hash in the tag; default: git’s hash of the folder',
  },
  {
    name: 'tag',
    kind: 'text',
    value: 'TEMPLATE',
    text: 'is the tag in place of that of build.yml; {{.Hash}} in it stands for the hash',
  },
  {
    name: 'hash-commit',
    kind: 'text',
    value: 'COMMIT',
    text: 'takes the hash of the folder in that commit; default: HEAD, which alone can be built',
  },
  {
    name: 'hash-path',
    kind: 'text',
    value: 'DIR',
    text: 'takes the hash of a folder above the package’s',
  },
  { name: 'force-dirty', kind: 'switch', text: 'takes the package for changed since the last commit' },
  { name: 'dev', kind: 'switch', text: 'takes $USER for the organisation and dev for the hash' },
  { name: 'network', kind: 'switch', text: 'gives RUN a network, whatever build.yml says' },
  { name: 'nonetwork', kind: 'switch', text: 'gives RUN no network, whatever build.yml says' },
  {
    name: 'disable-cache',
    kind: 'switch',
    as: 'needless',
    text: 'no builder keeps a cache from one build to the next; --force builds again',
  },
  {
    name: 'enable-cache',
    kind: 'switch',
    as: 'needless',
    text: 'a package is built again only if something that it is made of has changed',
  },
  {
    name: 'registry-creds',
    kind: 'repeated',
    value: 'REGISTRY=USER:PASSWORD',
    as: 'refused',
    text: 'every user of the machine could read them in the list of processes: run `docker login` or `podman login`, whose files are read',
  },
];

/** Flags of which at most one may be given. */
export const exclusivePackageFlags: readonly (readonly string[])[] = [
  ['network', 'nonetwork'],
  ['disable-cache', 'enable-cache'],
];
