# Providers at addresses of their own. METADATA_URL is for tests.
SCALEWAY=${METADATA_URL:-http://169.254.42.42}
METALDATA=${METADATA_URL:-http://metaldata}

from_scaleway() {
  local conf number=0
  [ -n "$named" ] || at_scaleway || return
  conf=$(fetch "$SCALEWAY/conf") && value_of ID | keep instance_id || return
  provider Scaleway
  value_of HOSTNAME | keep hostname
  value_of LOCATION_ZONE_ID | keep instance_location
  value_of PUBLIC_IP_ADDRESS | keep public_ip
  value_of PRIVATE_IP | keep private_ip
  while value_of "SSH_PUBLIC_KEYS_${number}_KEY" | grep .; do number=$((number + 1)); done |
    keep ssh/authorized_keys 600
  scaleway_userdata | keep userdata
  return 0
}

at_scaleway() {
  local vendor=
  read -r vendor 2>/dev/null <"$DMI/sys_vendor"
  [ "$vendor" = Scaleway ]
}

# value_of KEY: the value in `conf`, whose lines are KEY=value or KEY='value'.
value_of() {
  echo "$conf" | sed -n "s/^$1=//p" | head -n 1 | sed "s/^'//; s/'\$//"
}

# The service answers a request for userdata only from a port below 1024, which root alone can use.
scaleway_userdata() {
  local from=1023
  while [ $from -gt 1000 ]; do
    request GET "$SCALEWAY" /user_data/cloud-init '' $from && break
    from=$((from - 1))
  done
}

from_metaldata() {
  local TIMEOUT=2 name
  fetch "$METALDATA/get/meta/hostname" | keep hostname || return
  provider metaldata
  for name in public-ipv4 private-ipv4 failure-domain machine-id machine-type; do
    fetch "$METALDATA/get/meta/$name" | keep "$(echo $name | tr - _)"
  done
  fetch "$METALDATA/get/meta/authorized-keys" | keep ssh/authorized_keys 600
  fetch "$METALDATA/get/user" | keep userdata
  return 0
}
