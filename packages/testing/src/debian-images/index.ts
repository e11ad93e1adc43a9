export { debianImages, type DebianImage, type DebianImages } from './image-layout.js';
export { benchYaml, BOOT_IMAGES, bootYaml } from './os-yaml.js';
export { pushDebianImages } from './push.js';
