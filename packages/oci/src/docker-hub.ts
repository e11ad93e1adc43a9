/** Host names that all mean Docker Hub. */
export const DOCKER_HUB_HOSTS: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** The host of Docker Hub's registry API; `docker.io` itself serves a web site. */
export const DOCKER_HUB_API = 'registry-1.docker.io';

/** The server name under which `docker login` stores the credentials of Docker Hub. */
export const DOCKER_HUB_LOGIN = 'https://index.docker.io/v1/';

export function isDockerHub(host: string): boolean {
  return DOCKER_HUB_HOSTS.includes(host);
}
