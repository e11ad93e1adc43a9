/** What the archive of a package is called in its output. */
export const IMAGE_ARCHIVE = 'image.tar';
