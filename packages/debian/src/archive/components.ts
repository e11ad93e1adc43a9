/** The component of a suite that holds free software alone, and needs nothing outside. */
export const DEFAULT_COMPONENTS: readonly string[] = ['main'];
