# Images of services in containerd's store. /containers/images has their blobs, a file for each in list/ with four lines (its name in
# the store, the chain ID of its layers, where its root belongs, its descriptor), and in rules/ what lies over the layers of each.

IMAGES=/containers/images
IMPORT=/run/images
SNAPSHOTS=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots
CONTENT=/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256

open_images() {
  local entry image chain root descriptor
  [ -d $IMAGES/list ] || return 0
  mkdir -p $IMPORT
  prepare_rules
  import_images
  forget_images
  for entry in $IMAGES/list/*; do
    read_entry "$entry"
    mount_image || echo "images: cannot mount $image at $root" >&2
  done
}

# read_entry FILE: its lines, into `image`, `chain`, `root` and `descriptor`.
read_entry() {
  { read -r image && read -r chain && read -r root && read -r descriptor; } <"$1"
}

# The uppermost layer of each image is a copy: an overlay below an overlay is allowed, a third one is not, and the root may be
# one. It hides what Docker leaves in images.
prepare_rules() {
  local name
  cp -a $IMAGES/rules $IMPORT/rules
  for name in .dockerenv Dockerfile etc/hostname; do mknod "$IMPORT/rules/$name" c 0 0; done
}

# Imports what the store lacks: all of it, unless /var is a disk. A layer of several images is read and unpacked once.
import_images() {
  local known entry list=
  known=" $(ctr -n $NAMESPACE images ls -q | tr '\n' ' ') "
  for entry in $IMAGES/list/*; do
    read_entry "$entry"
    case $known in
      *" $image "*) ;;
      *) list="$list${list:+,}$descriptor" ;;
    esac
  done
  [ -n "$list" ] || return 0
  # containerd keeps no second copy of a blob that is in its folder already.
  mkdir -p $CONTENT
  ln -sf $IMAGES/blobs/sha256/* $CONTENT/
  ln -sfn $IMAGES/blobs $IMPORT/blobs
  echo '{"imageLayoutVersion":"1.0.0"}' >$IMPORT/oci-layout
  echo "{\"schemaVersion\":2,\"manifests\":[$list]}" >$IMPORT/index.json
  tar -c -h -C $IMPORT oci-layout index.json blobs | ctr -n $NAMESPACE images import - >/dev/null ||
    echo 'images: containerd cannot import the images of services' >&2
}

# A store on a disk has images of earlier versions of the system. containerd removes what only they need.
forget_images() {
  local name entry listed=' '
  for entry in $IMAGES/list/*; do
    read_entry "$entry"
    listed="$listed$image "
  done
  for name in $(ctr -n $NAMESPACE images ls -q); do
    case $name in
      services/*) case $listed in *" $name "*) ;; *) ctr -n $NAMESPACE images rm "$name" >/dev/null ;; esac ;;
    esac
  done
}

# mount_image: the snapshot of the entry's image, where its service looks for its root. After another boot the view is there already.
mount_image() {
  local view=view-$chain command lower
  command=$(ctr -n $NAMESPACE snapshots view -t /mnt "$view" "$chain" 2>/dev/null ||
    ctr -n $NAMESPACE snapshots mounts /mnt "$view")
  case $command in
    *lowerdir=*) lower=${command##*lowerdir=} lower=${lower%%[, ]*} ;;
    # A single layer is a bind mount.
    *' bind '*) lower=${command##* bind } lower=${lower%% *} ;;
    *) return 1 ;;
  esac
  # The options of a mount are a page at most, which absolute paths of many layers exceed.
  lower=$(echo "$lower" | sed "s#$SNAPSHOTS/##g")
  (cd $SNAPSHOTS && mount -t overlay -o "ro,lowerdir=$IMPORT/rules:$lower" overlay "$root")
}
