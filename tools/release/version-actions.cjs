// How `nx release version` reads and writes versions here: in package.json, and exact in the dependencies on each other,
// because packages of different versions are not tested together.
const { join } = require('node:path').posix;
const { VersionActions } = require('nx/release');

const COLLECTIONS = ['dependencies', 'peerDependencies', 'devDependencies'];

class ManifestVersionActions extends VersionActions {
  validManifestFilenames = ['package.json'];

  async readCurrentVersionFromSourceManifest(tree) {
    const manifestPath = join(this.projectGraphNode.data.root, 'package.json');
    return { currentVersion: readManifest(tree, manifestPath).version, manifestPath };
  }

  async readCurrentVersionFromRegistry() {
    throw new Error('versions are read from package.json, not from a registry');
  }

  async readCurrentVersionOfDependency(tree, projectGraph, dependency) {
    const manifest = readManifest(tree, join(this.projectGraphNode.data.root, 'package.json'));
    const name = packageName(projectGraph, dependency);
    const dependencyCollection = COLLECTIONS.find((key) => manifest[key]?.[name]) ?? null;
    return { currentVersion: manifest[dependencyCollection]?.[name] ?? null, dependencyCollection };
  }

  async updateProjectVersion(tree, version) {
    return this.change(tree, (manifest) => {
      manifest.version = version;
      return [`version ${version}`];
    });
  }

  async updateProjectDependencies(tree, projectGraph, versions) {
    const byName = Object.entries(versions).map(([project, version]) => [
      packageName(projectGraph, project),
      version,
    ]);
    return this.change(tree, (manifest) =>
      byName.flatMap(([name, version]) =>
        COLLECTIONS.filter((key) => manifest[key]?.[name]).map((key) => {
          manifest[key][name] = version;
          return `${name} ${version}`;
        }),
      ),
    );
  }

  change(tree, edit) {
    return this.manifestsToUpdate.flatMap(({ manifestPath }) => {
      const manifest = readManifest(tree, manifestPath);
      const changes = edit(manifest);
      tree.write(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
      return changes.map((change) => `${manifestPath}: ${change}`);
    });
  }
}

function readManifest(tree, path) {
  return JSON.parse(tree.read(path, 'utf8'));
}

function packageName(projectGraph, project) {
  return projectGraph.nodes[project].data.metadata?.js?.packageName ?? project;
}

module.exports = ManifestVersionActions;
