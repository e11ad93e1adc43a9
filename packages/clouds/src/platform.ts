import type { CloudClient } from './client/client.js';
import type { DiskFile } from './file/disk-file.js';
import type { PushState } from './state.js';

/** An option of a platform. */
export interface PlatformOption {
  readonly name: string;
  /** What it is, in a few words. */
  readonly text: string;
  /** Environment variables that stand for it, first one first. */
  readonly env?: readonly string[];
  /** Absent for an option that a push needs. */
  readonly default?: string;
}

/** A place that takes disks. A new one is a folder and a row in `platforms.ts`. */
export interface Platform {
  readonly name: string;
  readonly title: string;
  /** Formats that it takes, the best first. */
  readonly formats: readonly string[];
  readonly options: readonly PlatformOption[];
  /** Where credentials come from, as a sentence. */
  readonly credentials: string;
  /** What the credentials must allow, in the platform's words. */
  readonly permissions: readonly string[];
  /** Loads the code of the platform, and nothing of the others. */
  readonly load: () => Promise<OpenTarget>;
  /** Options that an instance has beside those of a push. */
  readonly instanceOptions?: readonly PlatformOption[];
  /** Loads the code that makes instances. Absent where none is made. */
  readonly loadInstance?: () => Promise<StartInstance>;
}

/** What a platform's code gets. */
export interface Session {
  readonly client: CloudClient;
  /** The option of a name, which is there if it is required or has a default; else ''. */
  readonly option: (name: string) => string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds between two looks at what the platform is doing. */
  readonly pollInterval: number;
  /** Reports progress and what is worth a line. */
  readonly log: (line: string) => void;
  /** Reports bytes that have been sent, out of a total. */
  readonly progress: (sent: number, total: number) => void;
}

/** Reads credentials and opens a platform; no request is sent yet. Throws CloudError `no-credentials`. */
export type OpenTarget = (session: Session) => Promise<Target>;

/** What is to become an image. */
export interface Wanted {
  /** The image's name, out of the system's name and the digest. */
  readonly name: string;
  readonly system: string;
  readonly format: string;
  readonly architecture: 'amd64' | 'arm64';
  readonly firmware: 'bios' | 'uefi';
  readonly file: DiskFile;
  /** What an interrupted push of the same bytes has noted. */
  readonly state: PushState;
  /** What the last push of the system has noted, such as the digests of its blocks. */
  readonly history: PushState;
}

/** An image that a push has made. */
export interface CloudImage {
  readonly id: string;
  readonly name: string;
  /** Hexadecimal digest of the file that it was made of. */
  readonly sha256: string;
  /** In the form of ISO 8601; '' where the platform does not say. */
  readonly created: string;
  /** Further names of the platform, such as a snapshot's id. */
  readonly details: Readonly<Record<string, string>>;
}

/** An opened platform. */
export interface Target {
  /** Says as whom the credentials are accepted. Throws before a byte of the disk is sent. */
  readonly check: () => Promise<string>;
  /** The images that pushes of a system have made, the newest first; a machine has at most the one of `file`. */
  readonly list: (system: string, file?: DiskFile) => Promise<readonly CloudImage[]>;
  /** The calls that `upload` would make, as a person should read them. */
  readonly plan: (wanted: Wanted) => Promise<readonly string[]>;
  /** Makes the image. When it throws, it has removed what it had made. */
  readonly upload: (wanted: Wanted) => Promise<CloudImage>;
  /** Removes an image and all that belongs to it. Absent where there are no images. */
  readonly remove?: (image: CloudImage) => Promise<void>;
  /** Makes what the options want beside an image that is there already, and returns the image with it. */
  readonly complete?: (wanted: Wanted, image: CloudImage) => Promise<CloudImage>;
  /** Removes what a killed push of the same bytes has left beside its image. */
  readonly tidy?: (wanted: Wanted) => Promise<void>;
  /** Ends what the platform keeps for this program, such as a session. */
  readonly close?: () => Promise<void>;
}

/** An instance that is to run. */
export interface InstanceWanted {
  /** The image that a push has made. */
  readonly image: Pick<CloudImage, 'id' | 'name' | 'details'>;
  /** Letters, digits and `-`. */
  readonly name: string;
  readonly system: string;
  readonly architecture: 'amd64' | 'arm64';
  /** User data. */
  readonly data?: string;
  /** The same as an ISO image that the guest reads, for platforms that take no text. */
  readonly dataDisk?: () => Promise<Uint8Array>;
}

/** An instance that was made. */
export interface Instance {
  readonly id: string;
  /** All that its console has shown, as far as the platform keeps it. Absent where no call gives it. */
  readonly console?: () => Promise<string>;
  /** What the platform says about it. */
  readonly look: () => Promise<{ readonly isOver: boolean; readonly address?: string }>;
  /** Removes it with its disk. */
  readonly remove: () => Promise<void>;
}

/** Makes an instance. When it throws, it has removed what it had made. */
export type StartInstance = (session: Session, wanted: InstanceWanted) => Promise<Instance>;
