# The files of a slot: blocks that the running version has are copied, others are fetched.

# hash FILE: as the update lists hashes of chunks and blocks.
hash() {
  sha256sum "$1" | cut -c 1-16
}

# place LIST ROLE: the offset of a list of `hashes` for a file of the update.
place() {
  jq -r --arg list "$1" --arg role "$2" '.hashes[$role][$list] // empty' $WORK/description
}

# renew ROLE DIGEST SIZE OLD NEW: writes a file of the update to NEW. It takes what OLD has at the same place, and fetches the
# rest; fails if the update lists no hashes, or the registry gives no parts.
renew() {
  role=$1 digest=$2 size=$3 old=$4 new=$5
  set -- $(layer hashes)
  hashes=$1 blocks=$(place blocks "$role") chunks=$(place chunks "$role")
  [ -n "$blocks" ] || return 1
  get_part "$hashes" "$chunks" $(((size + CHUNK - 1) / CHUNK * LINE)) $WORK/chunks || return 1
  at=0
  while read -r wanted; do
    bytes=$((size - at < CHUNK ? size - at : CHUNK))
    dd if="$old" bs=$CHUNK skip=$((at / CHUNK)) count=1 2>/dev/null | head -c $bytes >$WORK/chunk
    [ "$(hash $WORK/chunk)" = "$wanted" ] || mend || return 1
    dd if=$WORK/chunk of="$new" bs=$CHUNK seek=$((at / CHUNK)) conv=notrunc 2>/dev/null || return 1
    at=$((at + bytes))
  done <$WORK/chunks
}

# mend: fetches the blocks in which the chunk of `bytes` bytes at `at` differs; the whole chunk where these are scattered.
mend() {
  count=$(((bytes + BLOCK - 1) / BLOCK))
  get_part "$hashes" $((blocks + at / BLOCK * LINE)) $((count * LINE)) $WORK/blocks || return 1
  rm -rf $WORK/pieces
  mkdir $WORK/pieces
  split -b $BLOCK -a 3 $WORK/chunk $WORK/pieces/
  # There are no pieces where OLD ends before the chunk.
  sha256sum $WORK/pieces/* 2>/dev/null | cut -c 1-16 >$WORK/mine
  awk 'FILENAME == ARGV[1] { mine[FNR] = $1; next }
    mine[FNR] == $1 { next }
    last && FNR == last + 1 { last = FNR; next }
    { if (last) print first, last; first = last = FNR }
    END { if (last) print first, last }' $WORK/mine $WORK/blocks >$WORK/runs
  [ "$(wc -l <$WORK/runs)" -le $RUNS ] || echo "1 $count" >$WORK/runs
  while read -r first last; do
    from=$(((first - 1) * BLOCK))
    to=$((last * BLOCK < bytes ? last * BLOCK : bytes))
    get_part "$digest" $((at + from)) $((to - from)) $WORK/run || return 1
    dd if=$WORK/run of=$WORK/chunk bs=$BLOCK seek=$((first - 1)) conv=notrunc 2>/dev/null
  done <$WORK/runs
}

# write ROLE DIGEST SIZE OLD NEW: writes a file of the update to NEW, out of OLD as far as it goes; fails if NEW has other bytes then.
write() {
  renew "$@" && read_back "$5" "$2" "$3" && return
  get "blobs/$2" "$5" "$3"
  [ -f "$5" ] || fetched=$((fetched + $3))
  read_back "$5" "$2" "$3"
}
