#!/bin/sh
# RFC 5905: it is the first second of 2031 (UTC). Of the question only its transmit time is repeated.
origin=$(dd bs=48 count=1 2>/dev/null | xxd -p | tr -d '\n' | cut -c81-96)
now=$(printf '%08x00000000' 4133980800)
echo "240106ec 00000000 00000000 4c4f434c $now $origin $now $now" | tr -d ' ' | xxd -r -p
