# runtime.json: what is done on the host for a container before it starts.

# Defines prepare, namespace_of, hooked and connect for the bundles of a directory. The first and the last run the
# functions below, up to one that fails.
load_runtime() {
  prepare() { :; }
  namespace_of() { return 1; }
  hooked() { return 1; }
  connect() { :; }
  set -- "$1"/*/runtime.json
  [ -e "$1" ] && eval "$(awk -f /usr/lib/linuxkit/json.awk -f /usr/lib/linuxkit/runtime.awk "$@")"
}

# runtime_mount DESTINATION TYPE SOURCE OPTIONS
runtime_mount() {
  local destination=$1 type=$2 source=$3 options=$4 option path
  # To the kernel a change of propagation is a call of its own, and no remount.
  case ",$options," in
    ,remount,private, | ,remount,rprivate, | ,remount,shared, | ,remount,rshared, | ,remount,slave, | ,remount,rslave,)
      mount "--make-${options#remount,}" "$destination"
      return
      ;;
    *,remount,*)
      mount -o "$options" "$destination"
      return
      ;;
  esac
  [ -e "$destination" ] || mkdir -p "$destination"
  for option in upperdir workdir; do
    path=${options#*$option=}
    [ "$path" = "$options" ] || mkdir -p "${path%%,*}"
  done
  mount ${type:+-t "$type"} ${options:+-o "$options"} "${source:-none}" "$destination" || return
  # A bind mount takes its flags only from a remount.
  case ",$options," in
    *,bind,*,ro,* | *,rbind,*,ro,* | *,ro,*bind,*) mount -o remount,bind,ro "$destination" ;;
  esac
}

runtime_mkdir() {
  mkdir -p "$1"
}

# In the one hierarchy of version 2, level by level, as each passes on what it has; in each controller's of version 1.
runtime_cgroup() {
  local path=/sys/fs/cgroup level name controller
  if [ ! -e $path/cgroup.controllers ]; then
    for controller in $path/*/; do mkdir -p "$controller$1" || return; done
    return
  fi
  for level in $(echo "$1" | tr / ' '); do
    path=$path/$level
    mkdir -p "$path" || return
    for name in $(cat "$path/cgroup.controllers"); do
      echo "+$name" >"$path/cgroup.subtree_control"
    done
  done
}

# runtime_interface PID NAME KIND PEER CREATE_IN_ROOT: KIND empty moves a link that exists.
runtime_interface() {
  local pid=$1 name=$2 kind=$3 peer=$4 root=$5
  case $kind in
    '') ;;
    veth) add_veth "$name" "$peer" || return ;;
    *)
      if [ "$root" != true ]; then
        nsenter -n -t "$pid" ip link add "$name" type "$kind"
        return
      fi
      ip link add "$name" type "$kind" || return
      ;;
  esac
  ip link set "$name" netns "$pid"
}

# add_veth NAME PEER: busybox cannot name the peer as it makes it, so that is renamed after. Each end has the
# index of the other one.
add_veth() {
  local link index
  ip link add "$1" type veth || return
  read -r index <"/sys/class/net/$1/iflink"
  for link in /sys/class/net/*; do
    [ "$(cat "$link/ifindex")" = "$index" ] || continue
    ip link set "${link##*/}" name "$2"
    return
  done
}

# runtime_bind_namespace PID KIND PATH
runtime_bind_namespace() {
  mkdir -p "${3%/*}"
  : >>"$3"
  mount -o bind "/proc/$1/ns/$2" "$3"
}

# The image crun has it in runc's place.
has_crun() {
  [ -e /usr/bin/crun ]
}

# The version of the OCI runtime specification that Debian's crun knows.
CRUN_VERSION=1.0.2

# edit_config NAME BUNDLE TARGET: the container's config with an absolute path of its root, which containerd wants, with
# a hook that connects the container before its process starts, if it has interfaces, and for crun with an older
# version. The builder writes these lines, and names of containers have no character that is special to sed.
edit_config() {
  local hook= version=
  ! hooked "$1" || hook='1s#{#{"hooks": {"createRuntime": [{"path": "/usr/lib/linuxkit/hook", "args": ["hook", "'"$2"'"], "env": ["PATH='"$PATH"'"]}]},#'
  ! has_crun || version='s#"ociVersion": "[^"]*"#"ociVersion": "'$CRUN_VERSION'"#'
  sed -e "$hook" -e "$version" -e 's#"path": "rootfs"#"path": "'"$2"'/rootfs"#' "$2/config.json" >"$3"
}

# bundle_of NAME BUNDLE GROUP: the folder that runc gets, which is another one if the config must be edited.
bundle_of() {
  local edited=/run/bundle/$3/$1
  hooked "$1" || has_crun || {
    echo "$2"
    return
  }
  mkdir -p "$edited"
  edit_config "$1" "$2" "$edited/config.json"
  echo "$edited"
}
