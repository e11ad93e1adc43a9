import type { Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { file } from './inodes.js';
import type { Contents, Group, User } from './model.js';

const ROOT_USER: User = { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' };
const ROOT_GROUP: Group = { name: 'root', gid: 0 };
/** What adduser gives an account that nobody logs in to. */
const NO_HOME = '/nonexistent';
const NO_SHELL = '/usr/sbin/nologin';

/** /etc/passwd and /etc/group, with root, once build.yml names any user or group. */
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

/** A number, or the id of the user or group of that name. */
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
