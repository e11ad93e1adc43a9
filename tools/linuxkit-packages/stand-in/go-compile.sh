#!/bin/sh
# Stands in for LinuxKit's script of this name: writes a program that is called as the module in a folder, or as the folder.
set -e

cd "$1"
[ -n "$(ls)" ]
name=
[ ! -f go.mod ] || name=$(sed -n 's#^module .*/##p' go.mod)
[ -n "$name" ] || name=$(basename "$1")
mkdir -p /go/bin
printf '#!/bin/sh\necho %s\n' "$name" >"/go/bin/$name"
chmod +x "/go/bin/$name"
