# What a reference names: a repository of a registry, which is asked by curl, or a layout on a disk (layout.sh).

# In place of a status of HTTP.
TOO_LONG=too-long
# The shell's status of a program that SIGXFSZ has ended: 128 and the signal's number.
ENDED_BY_LIMIT=153

# read_reference REFERENCE: what it is made of, into `registry`, `repository`, `tag` and `base`; `layout` is the folder on a disk.
read_reference() {
  reference=$1
  tag=${reference##*:}
  registry=${reference%%/*}
  repository=${reference#*/}
  repository=${repository%:*}
  base=$scheme://$registry/v2/$repository
  layout=
  case $registry in
    disk:*)
      label=${registry#disk:}
      layout=/disk/$repository
      registry="the disk $label"
      ;;
  esac
}

# read_credentials: what the file has for the registry, into `user`.
read_credentials() {
  user=
  [ -n "$credentials" ] && [ -z "$layout" ] || return 0
  user=$(sed -n "s/^$(echo "$registry" | sed 's/[.[]/\\&/g') //p" "$HOST$credentials" | sed -n 1p)
  [ -n "$user" ] || [ "$registry" != "$first" ] || user=$(sed -n '/^[^ ]*$/{p;q}' "$HOST$credentials")
}

# fetch URL FILE: prints the status of the answer. With `range` it asks for these bytes; it writes no more than `limit`. Tokens go to the
# host that the URL names, never to one that it leads to.
fetch() {
  # Neither a redirect nor a place for tokens leads to plain HTTP, or to a file of this machine.
  proto==https
  [ "$scheme" = https ] || proto==http,https
  {
    option url "$1"
    option output "$2"
    option proto "$proto"
    [ -z "$range" ] || option range "$range"
    if [ -n "$token" ]; then
      option header "Authorization: Bearer $token"
    elif [ -n "$user" ]; then
      option user "$user"
    fi
  } | (
    # In units of 512 bytes, with 64 KiB more, since the file of the headers has the same limit. curl's own limit holds only for
    # an answer that says how long it is.
    ulimit -f $((limit / 512 + 128))
    curl -K - -g -sS -L --connect-timeout 30 --speed-time 60 --speed-limit 1024 -D $WORK/headers -w '%{http_code}' \
      -H 'Accept: application/vnd.oci.image.manifest.v1+json' -H 'Accept: */*' 2>$WORK/error
  )
}

# option NAME VALUE: prints a line for `curl -K -`. All processes of the machine can read arguments, and a registry chooses URLs and
# tokens: the end of a line in one of these would begin another option.
option() {
  printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"
}

# field NAME: a field of the answer's challenge.
field() {
  tr -d '\r' <$WORK/headers | grep -i '^www-authenticate: bearer' | sed -n "s/.*$1=\"\([^\"]*\)\".*/\1/p"
}

# ask PATH FILE: fetches below the repository into a file, and puts the answer's status into `status`; asks for a token where
# the registry wants a new one.
ask() {
  if [ -n "$layout" ]; then
    ask_disk "$1" "$2"
    return
  fi
  fetch_below "$1" "$2"
  if [ "$status" = 401 ] && [ -n "$(field realm)" ]; then
    asked="$(field realm)?service=$(field service)&scope=$(field scope)"
    token=
    [ "$(range='' limit=$DOCUMENT && fetch "$asked" $WORK/token)" = 200 ] || refuse "$registry gives no token"
    token=$(jq -r '.token // .access_token' $WORK/token)
    fetch_below "$1" "$2"
  fi
}

# fetch_below PATH FILE: puts the status of the answer into `status`, or $TOO_LONG.
fetch_below() {
  status=$(fetch "$base/$1" "$2") || [ $? != $ENDED_BY_LIMIT ] || status=$TOO_LONG
}

# get PATH FILE LIMIT: fetches a whole file, of no more bytes than LIMIT.
get() {
  limit=$3
  ask "$1" "$2"
  [ "$status" != $TOO_LONG ] || refuse "$registry has more than $limit bytes in $1"
  [ "$status" = 200 ] || refuse "$registry answers $status to $1$(sed -n '1s/^/: /p' $WORK/error)"
  [ ! -f "$2" ] || fetched=$((fetched + $(size_of "$2")))
}

# get_part DIGEST FIRST SIZE FILE: fetches a part of a blob; fails if the registry gives none. Its bytes are checked with
# those of the whole file.
get_part() {
  rm -f "$4"
  range=$2-$(($2 + $3 - 1)) limit=$3
  ask "blobs/$1" "$4"
  range=
  [ "$status" = 206 ] && [ "$(size_of "$4")" = "$3" ] && fetched=$((fetched + $3))
}

size_of() {
  wc -c <"$1"
}

# blob DIGEST FILE: fetches a small blob, which must have its digest.
blob() {
  get "blobs/$1" "$2" $DOCUMENT
  [ "sha256:$(digest_of "$2")" = "$1" ] || refuse "$registry gives other bytes than those of $1"
}
