import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PackageFinder } from './find-package.js';
import { imageKey, packageNode } from './image-node.js';

describe('a package of the base set', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'find-package-')));
    write('package.json', '{}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const install = (modules: string, name: string) =>
    write(`${modules}/${name}/package.json`, JSON.stringify({ name }));
  const find = (reference: string) =>
    new PackageFinder(root).find(reference, { file: 'my-os/linuxkit.yml' }, 'my-os/linuxkit.yml');

  const installImages = (modules: string) => {
    install(modules, '@nx-linuxkit/images');
    write(`${modules}/@nx-linuxkit/images/nginx/build.yml`, 'image: nginx\n');
  };

  it('is found where npm puts it, at the top of node_modules', () => {
    installImages('node_modules');
    expect(find('@pkg:@nx-linuxkit/images/nginx').folder).toBe('node_modules/@nx-linuxkit/images/nginx');
  });

  it.each([
    ['pnpm', 'node_modules/.pnpm/nx-linuxkit@1/node_modules', 'node_modules/.pnpm/images@1/node_modules'],
    ['Yarn', '.yarn/unplugged/nx-linuxkit-1/node_modules', '.yarn/unplugged/images-1/node_modules'],
  ])(
    'is found where %s shows it to the plugin alone, and has the node that npm gives it',
    (_, plugin, images) => {
      install(plugin, 'nx-linuxkit');
      installImages(images);
      mkdirSync(join(root, plugin, '@nx-linuxkit'), { recursive: true });
      symlinkSync(join(root, images, '@nx-linuxkit/images'), join(root, plugin, '@nx-linuxkit/images'));
      mkdirSync(join(root, 'node_modules'), { recursive: true });
      symlinkSync(join(root, plugin, 'nx-linuxkit'), join(root, 'node_modules/nx-linuxkit'));
      const found = find('@pkg:@nx-linuxkit/images/nginx');
      expect(found).toEqual({
        kind: 'package',
        folder: `${images}/@nx-linuxkit/images/nginx`,
        pinned: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      const likeNpm = { ...found, folder: 'node_modules/@nx-linuxkit/images/nginx' };
      expect(packageNode(found, 'linux/amd64').id).toBe(packageNode(likeNpm, 'linux/amd64').id);
    },
  );

  it('without records is another image, also where a Dockerfile names it', () => {
    installImages('node_modules');
    write('node_modules/@nx-linuxkit/images/web/build.yml', 'image: web\n');
    write('node_modules/@nx-linuxkit/images/web/Dockerfile', 'FROM @pkg:../nginx\n');
    const keys = [undefined, true, false].map((records) => {
      const finder = new PackageFinder(root, { packages: { records } });
      return ['nginx', 'web'].map((name) => {
        const found = finder.find(
          `@pkg:@nx-linuxkit/images/${name}`,
          { file: 'my-os/linuxkit.yml' },
          'my-os/linuxkit.yml',
        );
        return imageKey(finder.node(found, 'linux/amd64'));
      });
    });
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2][0]).not.toBe(keys[0][0]);
    expect(keys[2][1]).not.toBe(keys[0][1]);
  });

  it('that is not installed is an error that names the places', () => {
    expect(() => find('@pkg:@nx-linuxkit/images/nginx')).toThrow(
      expect.objectContaining({
        code: 'missing-file',
        message: expect.stringContaining('no package at @pkg:'),
      }),
    );
  });
});
