# Sourced by the scripts in init.d: what runtime.json asks for before a container starts. It is read line by
# line, which its fixed layout (indented by 4, an array element a line) allows.

# One line a mount: destination|type|source|options
runtime_mounts() {
  awk -F'"' '
    /^    "mounts": \[$/ { inside = 1; next }
    !inside { next }
    /^    \]/ { exit }
    /^            "destination":/ { destination = $4 }
    /^            "type":/ { type = $4 }
    /^            "source":/ { source = $4 }
    /^            "options": \[$/ { listing = 1; next }
    listing && /\]/ { listing = 0; next }
    listing { options = options (options == "" ? "" : ",") $2 }
    /^        }/ { print destination "|" type "|" source "|" options; destination = type = source = options = "" }
  ' "$1"
}

runtime_folders() {
  awk -F'"' '
    /^    "mkdir": \[$/ { inside = 1; next }
    inside && /^    \]/ { exit }
    inside { print $2 }
  ' "$1"
}

# $1: the bundle
prepare() {
  [ -f "$1/runtime.json" ] || return 0
  runtime_mounts "$1/runtime.json" | while IFS='|' read -r destination type source options; do
    for option in $(echo "$options" | tr ',' ' '); do
      case "$option" in upperdir=* | workdir=*) mkdir -p "${option#*=}" ;; esac
    done
    mkdir -p "$destination"
    case "$type:$options" in
      *remount,private) mount --make-private "$destination" ;;
      :*bind*) mount --bind "$source" "$destination" ;;
      *) mount -t "$type" ${options:+-o "$options"} "$source" "$destination" ;;
    esac || echo "mount on $destination failed"
  done
  runtime_folders "$1/runtime.json" | while read -r folder; do mkdir -p "$folder"; done
}
