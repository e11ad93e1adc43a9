/** Whether ADD takes a source for a repository of git. */
export function isGitRepository(source: string): boolean {
  return /^git(@|:\/\/)|^ssh:\/\/|^https?:\/\/[^?#]*\.git(#|$)/.test(source);
}

/** Whether ADD fetches a source from another machine. */
export function isRemote(source: string): boolean {
  return isGitRepository(source) || /^https?:\/\//.test(source);
}

/** A source without the user and the password that a URL may have, for messages. */
export function withoutUser(source: string): string {
  return source.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}
