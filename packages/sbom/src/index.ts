export { cycloneDxDocument, type CycloneDx, type DescribedSystem } from './cyclonedx/document.js';
export { writeCycloneDx } from './cyclonedx/write.js';
export type {
  DebianRecord,
  DebianRecords,
  Distribution,
  FoundPackage,
  PackageType,
  SbomFacts,
  SbomImage,
  SourcePackage,
} from './facts.js';
export type { Component, ImageInventory } from './inventory/component.js';
export { inventory } from './inventory/inventory.js';
export { debianLicense } from './licenses/debian-copyright.js';
export { isLicenseName, spdxLicenses } from './licenses/known-names.js';
export {
  licenseReport,
  refusedLicenses,
  type LicensedPackage,
  type LicenseGroup,
  type LicensePolicy,
  type LicenseReport,
} from './licenses/report.js';
export { readApk } from './records/apk.js';
export { readCargoAuditable, readCargoLock } from './records/cargo.js';
export { readDpkg } from './records/dpkg.js';
export { readGoBuildInfo, readGoMod } from './records/go.js';
export { readPackageLock } from './records/npm.js';
export { readOsRelease } from './records/os-release.js';
export { readPythonMetadata } from './records/python.js';
export type { NamedPackage } from './records/record.js';
export { readAttested, type Attested, type ReadAttested } from './spdx/attested.js';
export { spdxDocument, type SpdxDocument } from './spdx/document.js';
export type { Element } from './spdx/shape.js';
export {
  provenanceStatement,
  type Builder,
  type ProvenanceFacts,
  type ResourceDescriptor,
} from './provenance/statement.js';
export { debianCodeName } from './inventory/distribution.js';
export { debianPurl, imagePurl } from './purl.js';
export { appliesTo, type PlacedComponent } from './vex/applies.js';
export {
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from './vex/statement.js';
export { writeSpdx } from './spdx/write.js';
