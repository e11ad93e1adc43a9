import type { Definition } from '../definition.js';
import { build } from './build/definition.js';
import { cacheClean } from './cache/clean/definition.js';
import { cacheExport } from './cache/export/definition.js';
import { cacheImport } from './cache/import/definition.js';
import { cacheLs } from './cache/ls/definition.js';
import { cachePull } from './cache/pull/definition.js';
import { cachePush } from './cache/push/definition.js';
import { cacheRm } from './cache/rm/definition.js';
import { completion } from './completion/definition.js';
import { diff } from './diff/definition.js';
import { metadataCreate } from './metadata/definition.js';
import { missingCommands } from './missing/definitions.js';
import { pkgBuild } from './pkg/build/definition.js';
import { pkgIndex, pkgManifest } from './pkg/manifest/definition.js';
import { pkgPush } from './pkg/push/definition.js';
import { pkgRemoteTag } from './pkg/remote-tag/definition.js';
import { pkgShowTag } from './pkg/show-tag/definition.js';
import { pushToClouds, unpushFromClouds } from './push/cloud/definitions.js';
import { pushOci } from './push/definition.js';
import { runQemu } from './run/definition.js';
import { serve } from './serve/definition.js';
import { licenses } from './licenses/definition.js';
import { sbom } from './sbom/definition.js';
import { scan } from './scan/definition.js';
import { size } from './size/definition.js';
import { version } from './version/definition.js';
import { why } from './why/definition.js';

/** Every command, in the order of help. A new one is a folder and an entry here. */
export const commands: readonly Definition[] = [
  build,
  runQemu,
  sbom,
  licenses,
  scan,
  pushOci,
  ...pushToClouds,
  ...unpushFromClouds,
  cacheLs,
  cachePull,
  cachePush,
  cacheImport,
  cacheExport,
  cacheRm,
  cacheClean,
  pkgBuild,
  pkgPush,
  pkgShowTag,
  pkgManifest,
  pkgIndex,
  pkgRemoteTag,
  metadataCreate,
  serve,
  size,
  why,
  diff,
  version,
  completion,
  ...missingCommands,
];
