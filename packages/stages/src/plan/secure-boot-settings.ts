/** What signs the EFI programs of a workspace. */
export interface SecureBootSettings {
  /**
   * PEM file of the certificate, relative to the workspace: that of the key first, then those that lead to one that the
   * firmware has. Default: the environment variable `certificateVariable`.
   */
  readonly certificate?: string;
  /** Default: SECURE_BOOT_CERTIFICATE, which holds the text of the PEM file. */
  readonly certificateVariable?: string;
  /**
   * PEM file of the private key, relative to the workspace or absolute. Default: the environment variable `keyVariable`.
   */
  readonly key?: string;
  /** Default: SECURE_BOOT_KEY, which holds the text of the PEM file. */
  readonly keyVariable?: string;
  /** File whose first line is the password of the key, relative to the workspace or absolute. */
  readonly passwordFile?: string;
  /** Default: SECURE_BOOT_PASSWORD. */
  readonly passwordVariable?: string;
  /**
   * In place of a key: a program and its arguments, run in the workspace. It gets bytes on its standard input and writes
   * their signature to its standard output: `["openssl", "dgst", "-sha256", "-sign", "db.key"]` does so.
   */
  readonly command?: readonly string[];
  /** Names the key that `command` signs with, such as `kms:europe/db`; a task's key holds it. Required with `command`. */
  readonly identity?: string;
  /**
   * Whether disks of the formats `ab` and `qcow2-ab` enrol the certificate at their first boot, on firmware in setup mode: as
   * platform key, key exchange key and in `db`, in place of all others. Default: false.
   */
  readonly enrol?: boolean;
}

/** The environment variables that are read unless the option names others. */
export const SECURE_BOOT_VARIABLES = {
  certificate: 'SECURE_BOOT_CERTIFICATE',
  key: 'SECURE_BOOT_KEY',
  password: 'SECURE_BOOT_PASSWORD',
} as const;
