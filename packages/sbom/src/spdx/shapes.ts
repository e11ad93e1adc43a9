import type { Shape } from './shape.js';

/** Members and words of SPDX 2.3: https://spdx.github.io/spdx-spec/v2.3/ */

const ALGORITHMS =
  'SHA1 SHA224 SHA256 SHA384 SHA512 SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3 MD2 MD4 MD5 MD6 ADLER32';

const PURPOSES =
  'APPLICATION FRAMEWORK LIBRARY CONTAINER OPERATING_SYSTEM DEVICE FIRMWARE SOURCE ARCHIVE FILE INSTALL OTHER';

const FILE_TYPES = 'SOURCE BINARY ARCHIVE APPLICATION AUDIO IMAGE TEXT VIDEO DOCUMENTATION SPDX OTHER';

const RELATIONSHIPS = `AMENDS ANCESTOR_OF BUILD_DEPENDENCY_OF BUILD_TOOL_OF CONTAINED_BY CONTAINS COPY_OF DATA_FILE_OF
  DEPENDENCY_MANIFEST_OF DEPENDENCY_OF DEPENDS_ON DESCENDANT_OF DESCRIBED_BY DESCRIBES DEV_DEPENDENCY_OF DEV_TOOL_OF
  DISTRIBUTION_ARTIFACT DOCUMENTATION_OF DYNAMIC_LINK EXAMPLE_OF EXPANDED_FROM_ARCHIVE FILE_ADDED FILE_DELETED FILE_MODIFIED
  GENERATED_FROM GENERATES HAS_PREREQUISITE METAFILE_OF OPTIONAL_COMPONENT_OF OPTIONAL_DEPENDENCY_OF OTHER PACKAGE_OF
  PATCH_APPLIED PATCH_FOR PREREQUISITE_FOR PROVIDED_DEPENDENCY_OF REQUIREMENT_DESCRIPTION_FOR RUNTIME_DEPENDENCY_OF
  SPECIFICATION_FOR STATIC_LINK TEST_CASE_OF TEST_DEPENDENCY_OF TEST_OF TEST_TOOL_OF VARIANT_OF`;

const CHECKSUM: Shape = {
  fields: { algorithm: { among: words(ALGORITHMS) }, checksumValue: 'text' },
  required: ['algorithm', 'checksumValue'],
};

const ANNOTATION: Shape = {
  fields: {
    annotationDate: 'text',
    annotationType: { among: ['OTHER', 'REVIEW'] },
    annotator: 'text',
    comment: 'text',
  },
  required: ['annotationDate', 'annotationType', 'annotator', 'comment'],
};

const EXTERNAL_REFERENCE: Shape = {
  fields: {
    comment: 'text',
    referenceCategory: { among: ['SECURITY', 'PACKAGE-MANAGER', 'PERSISTENT-ID', 'OTHER'] },
    referenceLocator: 'text',
    referenceType: 'text',
  },
  required: ['referenceCategory', 'referenceLocator', 'referenceType'],
};

const VERIFICATION_CODE: Shape = {
  fields: { packageVerificationCodeExcludedFiles: 'texts', packageVerificationCodeValue: 'text' },
  required: ['packageVerificationCodeValue'],
};

export const PACKAGE: Shape = {
  fields: {
    SPDXID: 'text',
    name: 'text',
    versionInfo: 'text',
    packageFileName: 'text',
    supplier: 'text',
    originator: 'text',
    downloadLocation: 'text',
    filesAnalyzed: 'flag',
    packageVerificationCode: { one: VERIFICATION_CODE },
    checksums: { list: CHECKSUM },
    homepage: 'text',
    sourceInfo: 'text',
    licenseConcluded: 'license',
    licenseInfoFromFiles: 'licenses',
    licenseDeclared: 'license',
    licenseComments: 'text',
    copyrightText: 'text',
    summary: 'text',
    description: 'text',
    comment: 'text',
    externalRefs: { list: EXTERNAL_REFERENCE },
    attributionTexts: 'texts',
    annotations: { list: ANNOTATION },
    primaryPackagePurpose: { among: words(PURPOSES) },
    releaseDate: 'text',
    builtDate: 'text',
    validUntilDate: 'text',
  },
  required: ['SPDXID', 'name', 'downloadLocation'],
};

export const FILE: Shape = {
  fields: {
    SPDXID: 'text',
    fileName: 'text',
    fileTypes: { listAmong: words(FILE_TYPES) },
    checksums: { list: CHECKSUM },
    licenseConcluded: 'license',
    licenseInfoInFiles: 'licenses',
    licenseComments: 'text',
    copyrightText: 'text',
    comment: 'text',
    noticeText: 'text',
    fileContributors: 'texts',
    attributionTexts: 'texts',
    annotations: { list: ANNOTATION },
  },
  required: ['SPDXID', 'fileName', 'checksums'],
};

export const RELATIONSHIP: Shape = {
  fields: {
    spdxElementId: 'text',
    relationshipType: { among: words(RELATIONSHIPS) },
    relatedSpdxElement: 'text',
    comment: 'text',
  },
  required: ['spdxElementId', 'relationshipType', 'relatedSpdxElement'],
};

/** A license that no list has. Its text is in the document. */
export const LICENSE: Shape = {
  fields: { licenseId: 'license', extractedText: 'text', name: 'text', comment: 'text', seeAlsos: 'texts' },
  required: ['licenseId', 'extractedText'],
};

function words(text: string): string[] {
  return text.split(/\s+/);
}
