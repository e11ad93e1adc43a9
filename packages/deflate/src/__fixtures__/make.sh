#!/bin/sh
# Makes the fixtures again: one tar as different encoders compress it. Debian packages: gzip pigz zopfli
# libdeflate-tools isal golang-go golang-github-klauspost-compress-dev. Docker pushes layers from Go's encoder,
# BuildKit and containerd push layers from klauspost's.
set -eu
cd "$(dirname "$0")"
plain=$(mktemp)
trap 'rm -f "$plain" "$plain".*' EXIT
# A tar of some files of this repository in a fixed state; any tar would do.
tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C ../../../.. \
  -cf "$plain" LICENSE tsconfig.base.json packages/deflate/package.json packages/errors/src/index.ts \
  packages/deflate/dist/transcode.wasm
gzip -n -1 -c "$plain" > gzip-1.gz
gzip -n -9 -c "$plain" > gzip-9.gz
pigz -n -6 -b 128 -c "$plain" > pigz-6.gz
pigz -n -11 -c "$plain" > pigz-11.gz
pigz -n -0 -c "$plain" > pigz-0.gz
zopfli -c "$plain" > zopfli.gz
for level in 1 6 12; do libdeflate-gzip -n -$level -c "$plain" > libdeflate-$level.gz; done
for level in 0 1 2 3; do igzip -n -$level -c "$plain" > igzip-$level.gz; done
cat > "$plain.go" <<'GO'
package main

import (
	"compress/gzip"
	"io"
	"os"
	"strconv"
)

func main() {
	level, _ := strconv.Atoi(os.Args[1])
	w, _ := gzip.NewWriterLevel(os.Stdout, level)
	io.Copy(w, os.Stdin)
	w.Close()
}
GO
for level in -2 1 6 9; do go run "$plain.go" $level < "$plain" > "go$level.gz"; done
sed -i 's#"compress/gzip"#"github.com/klauspost/compress/gzip"#' "$plain.go"
for level in -2 1 5 9; do
  GO111MODULE=off GOPATH=/usr/share/gocode go run "$plain.go" $level < "$plain" > "klauspost$level.gz"
done
(head -c 20000 "$plain" | gzip -n -6; tail -c +20001 "$plain" | gzip -n -6) > members.gz
