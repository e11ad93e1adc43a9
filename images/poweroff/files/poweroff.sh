#!/bin/sh
# poweroff.sh [SECONDS]: waits, then switches the machine off by force, because init may be waiting for this container.
sleep "${1:-30}"
sync
exec poweroff -f
