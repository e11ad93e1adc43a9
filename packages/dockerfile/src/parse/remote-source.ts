/** Whether ADD takes a source for a repository of git. */
export function isGitRepository(source: string): boolean {
  return /^git(@|:\/\/)|^ssh:\/\/|^https?:\/\/[^?#]*\.git(#|$)/.test(source);
}

/** Whether ADD fetches a source from another machine. */
export function isRemote(source: string): boolean {
  return isGitRepository(source) || /^https?:\/\//.test(source);
}
