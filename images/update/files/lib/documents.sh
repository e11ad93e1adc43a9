# The documents of an update: the manifest, which is signed, and what it names.

# layer ROLE: digest and size of a file of the update.
layer() {
  jq -r --arg role "$1" '.layers[] | select(.annotations["org.nx-linuxkit.format"] == "ab-update"
    and .annotations["org.nx-linuxkit.role"] == $role) | "\(.digest) \(.size)"' $WORK/manifest | sed -n 1p
}

# check_signature DIGEST: one signature by the key suffices, about this very manifest.
check_signature() {
  [ -f "$HOST$key" ] || refuse "there is no public key $key"
  get "manifests/sha256-${1#sha256:}.sig" $WORK/signatures $DOCUMENT
  jq -r '.layers[] | "\(.digest) \(.annotations["dev.cosignproject.cosign/signature"])"' $WORK/signatures >$WORK/list
  while read -r payload signature; do
    blob "$payload" $WORK/payload
    echo "$signature" | base64 -d >$WORK/signature 2>/dev/null
    openssl dgst -sha256 -verify "$HOST$key" -signature $WORK/signature $WORK/payload >/dev/null 2>&1 || continue
    [ "$(jq -r '.critical.image["docker-manifest-digest"]' $WORK/payload)" = "$1" ] && return
  done <$WORK/list
  refuse "no signature of $1 is by the key $key"
}
