/** The organisation of an image whose build.yml names none, as LinuxKit has it. */
export const DEFAULT_ORGANISATION = 'linuxkit';
