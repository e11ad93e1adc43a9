/** Bytes of a disk's sector, the unit of partition tables, FAT volumes and boot loaders. */
export const SECTOR = 512;
export const MIB = 2 ** 20;

/** The smallest multiple of `unit` that is at least `value`. */
export const alignUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
