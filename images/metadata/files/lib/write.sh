# What is found, as files.

CONFIG=${CONFIG:-/run/config}

# keep NAME [MODE]: standard input as a file; nothing if it is empty.
keep() {
  local text
  text=$(cat; echo .)
  text=${text%.}
  [ -n "$text" ] || return 1
  case $1 in
    */*) mkdir -p -m 700 "$CONFIG/${1%/*}" ;;
  esac
  printf '%s' "$text" >"$CONFIG/$1"
  chmod "${2:-644}" "$CONFIG/$1"
}

# provider NAME: it is the one; now its answers are waited for.
provider() {
  TIMEOUT=30
  echo "$1" >"$CONFIG/provider"
}

# A userdata that is a JSON object describes files:
# {"name": {"perm": "0600", "content": "text"}, "folder": {"perm": "0700", "entries": {…}}}
expand_userdata() {
  jq -e 'type == "object"' "$CONFIG/userdata" >/dev/null 2>&1 || return 0
  jq -r '
    def entries($path):
      to_entries[] | select(.key | test("^[^/]+$") and . != ".." and . != ".") |
      ($path + "/" + .key) as $at | .value |
      if .entries then ("d \(.perm // "0755") \($at | @base64) -"), (.entries | entries($at))
      else "f \(.perm // "0644") \($at | @base64) \(.content // "" | @base64)" end;
    entries("")
  ' "$CONFIG/userdata" | while read -r kind mode path content; do
    path=$CONFIG$(echo "$path" | base64 -d)
    case $kind in
      d) mkdir -p "$path" ;;
      f) echo "$content" | base64 -d >"$path" ;;
    esac && chmod "$mode" "$path"
  done
}
