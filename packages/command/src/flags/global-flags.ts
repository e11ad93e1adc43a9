import type { Flag } from '../definition.js';

/** Flags that every command has, in front of its name or behind it. */
export const globalFlags: readonly Flag[] = [
  {
    name: 'cache',
    kind: 'text',
    value: 'DIR',
    text: 'keeps images and what is made of them in DIR (LINUXKIT_CACHE, NX_LINUXKIT_STORE); a cache of LinuxKit there is read too',
  },
  {
    name: 'mirror',
    kind: 'repeated',
    value: '[REGISTRY=]URL',
    text: 'asks URL before the registry, or before every registry (LINUXKIT_MIRROR)',
  },
  {
    name: 'cert-file',
    kind: 'repeated',
    value: 'PEM',
    text: 'trusts certificate authorities beside the system’s',
  },
  { name: 'quiet', short: 'q', kind: 'switch', text: 'prints errors and results alone' },
  {
    name: 'verbose',
    short: 'v',
    kind: 'number',
    value: 'N',
    text: 'prints errors alone for 0, what happens for 1 to 3',
  },
  { name: 'help', short: 'h', kind: 'switch', text: 'prints what the command takes' },
];
