/** The folder beside those of formats that has the documents about a system. */
export const BOM_FOLDER = 'sbom';
