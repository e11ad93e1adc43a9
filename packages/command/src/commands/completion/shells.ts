/** Shells that a script can be made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
