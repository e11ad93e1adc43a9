/** An SPDX document as a scanner attaches it to an image: the root of the image, a package in it, and a file of that. */
export function scanned({ name = 'scanned' } = {}) {
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: 'https://example.org/scan',
    creationInfo: {
      created: '2025-06-07T08:09:10Z',
      creators: ['Tool: scanner-1'],
      licenseListVersion: '3.26',
    },
    packages: [
      {
        SPDXID: 'SPDXRef-DocumentRoot-Directory',
        name,
        packageFileName: '/',
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        primaryPackagePurpose: 'FILE',
      },
      {
        SPDXID: 'SPDXRef-busybox',
        name: 'busybox',
        versionInfo: '1.36.1-r2',
        supplier: 'Organization: Alpine',
        downloadLocation: 'NONE',
        filesAnalyzed: false,
        licenseDeclared: 'GPL-2.0-only AND LicenseRef-own',
        licenseConcluded: 'LicenseRef-nowhere',
        copyrightText: 'NOASSERTION',
        externalRefs: [
          {
            referenceCategory: 'PACKAGE_MANAGER',
            referenceType: 'purl',
            referenceLocator: 'pkg:apk/alpine/busybox@1.36.1-r2',
          },
        ],
      } as Record<string, unknown>,
    ],
    files: [
      {
        SPDXID: 'SPDXRef-File_bin',
        fileName: '/bin/busybox',
        fileTypes: ['APPLICATION', 'BINARY'],
        checksums: [{ algorithm: 'SHA1', checksumValue: '0'.repeat(40) }],
        licenseInfoInFiles: ['NOASSERTION'],
      },
    ],
    hasExtractedLicensingInfos: [{ licenseId: 'LicenseRef-own', extractedText: 'NOASSERTION', name: 'own' }],
    relationships: [
      {
        spdxElementId: 'SPDXRef-DOCUMENT',
        relatedSpdxElement: 'SPDXRef-DocumentRoot-Directory',
        relationshipType: 'DESCRIBES',
      },
      {
        spdxElementId: 'SPDXRef-DocumentRoot-Directory',
        relatedSpdxElement: 'SPDXRef-busybox',
        relationshipType: 'CONTAINS',
      },
      {
        spdxElementId: 'SPDXRef-busybox',
        relatedSpdxElement: 'SPDXRef-File_bin',
        relationshipType: 'OTHER',
        comment: 'evident-by: indicates the package’s existence is evident by the given file',
      },
    ] as Record<string, unknown>[],
  };
}
