# /containers/volumes/<name>/{lower,tmp,merged}: each becomes a writable overlay over what the image has.
mount_volumes() {
  for volume in /containers/volumes/*/; do
    volume=${volume%/}
    [ -d "$volume/lower" ] && [ -d "$volume/merged" ] || continue
    mount -t tmpfs tmpfs "$volume/tmp" &&
      mkdir -p "$volume/tmp/upper" "$volume/tmp/work" &&
      mount -t overlay -o "lowerdir=$volume/lower,upperdir=$volume/tmp/upper,workdir=$volume/tmp/work" \
        overlay "$volume/merged" ||
      echo "volumes: cannot mount $volume" >&2
  done
}
