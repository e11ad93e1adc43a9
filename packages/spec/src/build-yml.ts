// Generated from schema/build.schema.json by generate.mjs. Change the schema, not this file.
import type { Container } from './linuxkit-yml.js';

/**
 * A build.yml: how a folder becomes an image. These are LinuxKit's own keys; a tool that makes images adds its own.
 */
export interface BuildYml {
  /**
   * Name of the image, without its organisation.
   */
  image: string;
  /**
   * Organisation of the image.
   */
  org?: string;
  /**
   * Tag, as a Go template.
   */
  tag?: string;
  /**
   * The Dockerfile, inside the folder.
   */
  dockerfile?: string;
  /**
   * Architectures to build for.
   */
  arches?: string[];
  /**
   * More folders for the build context, as `source:destination`.
   */
  'extra-sources'?: string[];
  /**
   * URL of the source repository, for the labels of the image.
   */
  gitrepo?: string;
  /**
   * Give the build a network.
   */
  network?: boolean;
  /**
   * Build without a cache.
   */
  'disable-cache'?: boolean;
  /**
   * Defaults of the container, which become the label `org.mobyproject.config`.
   */
  config?: Omit<Container, 'name' | 'image'>;
  /**
   * Arguments of the build, `KEY=value`.
   */
  buildArgs?: string[];
  /**
   * What the build needs.
   */
  depends?: {
    /**
     * Images that are saved into the build context.
     */
    'docker-images'?: {
      /**
       * Images, pinned by digest.
       */
      list?: string[];
      /**
       * A file that lists them.
       */
      'from-file'?: string;
      /**
       * File to save all of them in.
       */
      target?: string;
      /**
       * Folder to save each of them in.
       */
      'target-dir'?: string;
    };
  };
}
