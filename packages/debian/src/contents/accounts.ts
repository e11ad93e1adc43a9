import type { Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { file } from './inodes.js';
import type { Contents, Group, User } from './model.js';

const ROOT_USER: User = { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' };
const ROOT_GROUP: Group = { name: 'root', gid: 0 };
/** adduser gives these to an account that is not used for logging in. */
const NO_HOME = '/nonexistent';
const NO_SHELL = '/usr/sbin/nologin';

/** Writes /etc/passwd and /etc/group, with root, if build.yml names any user or group. */
export function addAccounts(tree: Tree, { users, groups }: Contents): void {
  if (users.length + groups.length === 0) return;
  const passwd = withRoot(users, ROOT_USER).map(
    ({ name, uid, gid, home = NO_HOME, shell = NO_SHELL }) =>
      `${name}:x:${uid}:${gid}:${name}:${home}:${shell}\n`,
  );
  const group = withRoot(groups, ROOT_GROUP).map(
    ({ name, gid, members = [] }) => `${name}:x:${gid}:${members.join(',')}\n`,
  );
  tree.set('etc/passwd', file(passwd.join('')));
  tree.set('etc/group', file(group.join('')));
}

function withRoot<T extends { name: string }>(list: readonly T[], root: T): readonly T[] {
  return list.some(({ name }) => name === 'root') ? list : [root, ...list];
}

/** Returns an id that is given as a number or as the name of a user or group; default: 0. */
export function idOf<K extends 'uid' | 'gid'>(
  id: number | string | undefined,
  accounts: readonly (Record<K, number> & { name: string })[],
  key: K,
): number {
  if (id === undefined || id === 'root') return 0;
  if (typeof id === 'number') return id;
  const account = accounts.find(({ name }) => name === id);
  if (account) return account[key];
  throw new DebianError('bad-build', `${key}: no ${key === 'uid' ? 'user' : 'group'} ${id} in contents`);
}
