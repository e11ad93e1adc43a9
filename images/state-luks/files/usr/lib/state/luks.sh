# Encryption of the partition by LUKS2, a part of the script state. The key is that of a file (-key), a random one that the TPM 2.0 of the
# machine gives out while its PCRs (-pcrs) have the values that they had when it was sealed (-tpm), or both: the file's is then
# for the day on which the TPM refuses. A label in the LUKS header says `unfinished` until all keys are in it and
# the file system is made; such a header is made again.
#
# In PCR 7 the firmware measures whether Secure Boot is on, its certificates, and the one that the loader is signed by. It
# is the same for each version that is signed alike, so that updates need no new seal.

HOST=/hostroot
TPM=/dev/tpmrm0
SECURE_BOOT=$HOST/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
KEYS=/run/state-keys
LEAST_BYTES=32
# All keys are random and long, so that there is nothing to win by slow derivation, nor by one that takes memory.
QUICK='--pbkdf pbkdf2 --pbkdf-force-iterations 1000'

# read_key: puts the key of the file into $KEYS/file, without the end of its line.
read_key() {
  [ -n "$key" ] && [ -f "$HOST$key" ] || return 0
  # A copy by `cp` would have the mode 0400 of the key, and this container may not write to such a file.
  cat "$HOST$key" >$KEYS/file || fail "cannot read the key $key"
  [ "$(tail -c 1 $KEYS/file | od -A n -t x1)" != ' 0a' ] || truncate -s $(($(wc -c <$KEYS/file) - 1)) $KEYS/file ||
    fail "cannot read the key $key"
  [ "$(wc -c <$KEYS/file)" -ge $LEAST_BYTES ] || fail "the key $key has less than $LEAST_BYTES bytes"
}

has_key() {
  [ -s $KEYS/file ]
}

# add_key FILE: one more key that opens the device.
add_key() {
  cryptsetup -q luksAddKey $QUICK --key-file $KEYS/first "$encrypted" "$1" || fail "cannot add a key to $encrypted"
}

# seal KEY: adds a random key which the TPM keeps, in place of one that it kept before.
seal() {
  [ -e $TPM ] || fail "this machine has no TPM 2.0: there is no $TPM"
  # Four bytes of attributes come first.
  [ "$(tail -c +5 "$SECURE_BOOT" 2>/dev/null | od -A n -t u1 | tr -d ' ')" = 1 ] ||
    echo "state: Secure Boot is off, so the TPM gives the key of $encrypted to each system that this machine starts" >&2
  systemd-cryptenroll --unlock-key-file="$1" --wipe-slot=tpm2 --tpm2-device=$TPM --tpm2-pcrs="$pcrs" "$encrypted" >$KEYS/said 2>&1 || {
    cat $KEYS/said >&2
    fail "the TPM seals no key for $encrypted"
  }
}

# add_recovery_key: 128 random bits, on the console alone: logs would keep them.
add_recovery_key() {
  od -A n -v -t x1 -N 16 /dev/urandom | tr -d ' \n' >$KEYS/recovery
  add_key $KEYS/recovery
  echo "state: recovery key of $encrypted, which is not shown again: $(cat $KEYS/recovery)" >/dev/console
}

make_encrypted() {
  has_key || [ -n "$tpm" ] || fail "there is no key $key"
  [ -z "$tpm" ] || has_key || [ -n "$recovery" ] ||
    echo "state: the TPM alone has the key of $encrypted; with -key or -recovery there is a second one" >&2
  head -c 64 /dev/urandom >$KEYS/first
  cryptsetup -q luksFormat --type luks2 --label unfinished $QUICK --key-file $KEYS/first "$encrypted" ||
    fail "cannot encrypt $encrypted"
  ! has_key || add_key $KEYS/file
  [ -z "$recovery" ] || add_recovery_key
  [ -z "$tpm" ] || seal $KEYS/first
  cryptsetup open --key-file $KEYS/first "$encrypted" "$name" && make_file_system "$device"
  cryptsetup -q luksRemoveKey "$encrypted" $KEYS/first && sync &&
    cryptsetup -q config --label state "$encrypted" || fail "cannot finish $encrypted"
  echo "state: $encrypted is encrypted"
}

open_by_tpm() {
  [ -n "$tpm" ] && cryptsetup open --token-only --token-type systemd-tpm2 "$encrypted" "$name" 2>$KEYS/said
}

open_by_file() {
  has_key && cryptsetup open --key-file $KEYS/file "$encrypted" "$name"
}

# refuse: says why nothing opens the device, and what to do.
refuse() {
  cat $KEYS/said >&2
  if [ -n "$tpm" ]; then
    has_key || [ -z "$key" ] || echo "state: there is no key $key" >&2
    fail "$encrypted stays closed: the TPM refuses its key, as Secure Boot, its certificates or another part of PCR $pcrs differ from those \
that it was sealed with. Set them as they were, or give the second key in the file that -key names"
  fi
  has_key || fail "$encrypted stays closed: there is no key $key"
  fail "$encrypted stays closed: the key $key is not one of its keys"
}

# open_encrypted: opens the device, after encrypting it if it is blank, and puts the open one into `device`.
open_encrypted() {
  [ -n "$key$tpm" ] || fail 'name -tpm, -key FILE or both'
  umask 077
  # A failure ends the shell with the keys in the root of this container, which stays as long as the system runs.
  trap 'rm -rf $KEYS' EXIT
  mkdir -p $KEYS
  : >$KEYS/said
  read_key
  encrypted=$device
  device=/dev/mapper/$name
  case $(type_of "$encrypted") in
    '') make_encrypted ;;
    crypto_LUKS)
      if [ "$(blkid -p -o value -s LABEL "$encrypted")" = unfinished ]; then
        make_encrypted
      elif open_by_tpm; then
        :
      elif open_by_file; then
        [ -z "$tpm" ] || {
          seal $KEYS/file
          echo "state: $encrypted was opened by $key, and its key is sealed anew"
        }
      else
        refuse
      fi
      ;;
    *) fail "$encrypted is not encrypted, and has a file system already: erase it, or use the image state" ;;
  esac
  rm -rf $KEYS
  umask 022
  echo "state: $encrypted is open as $device"
}
