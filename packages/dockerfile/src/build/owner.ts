import { readContent, type Inode } from '@nx-linuxkit/tree';

/** Numbers of a user and a group. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Finds a file of the image, with symlinks followed. */
type Find = (path: string) => Inode | undefined;

/** Bytes of etc/passwd or etc/group that are read: a thousand times those of a distribution. */
const LIMIT = 4 << 20;

/**
 * The numbers that `--chown` names. A name is looked up in the image's etc/passwd and etc/group; a user alone gives the
 * user's group, a number alone the group of the same number. Undefined for a name that is not there.
 */
export async function findOwner(text: string, find: Find): Promise<Owner | undefined> {
  const [user, group] = text.split(':');
  const account = isNumber(user) ? undefined : await accountOf(user, 'etc/passwd', find);
  const uid = isNumber(user) ? Number(user) : account?.id;
  if (group === undefined || group === '') {
    const gid = isNumber(user) ? Number(user) : account?.group;
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  }
  const gid = isNumber(group) ? Number(group) : (await accountOf(group, 'etc/group', find))?.id;
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32;
}

/** The line of a name: passwd(5) and group(5) have the number in the third field, passwd the group in the fourth. */
async function accountOf(
  name: string,
  file: string,
  find: Find,
): Promise<{ readonly id: number; readonly group: number } | undefined> {
  const text = await textOf(find(file));
  const fields = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
  if (!fields || !isNumber(fields[2] ?? '')) return undefined;
  // The file is the image's: a group that is no number would be written to a header of tar.
  return { id: Number(fields[2]), group: isNumber(fields[3] ?? '') ? Number(fields[3]) : 0 };
}

async function textOf(inode: Inode | undefined): Promise<string> {
  if (inode?.type !== 'file' || !inode.content || inode.content.size > LIMIT) return '';
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(inode.content)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
