# Providers that answer by HTTP. Each returns 0 when it is the one.

# All but one answer at the link-local address. METADATA_URL is for tests.
BASE=${METADATA_URL:-http://169.254.169.254}
EQUINIX=${METADATA_URL:-http://metadata.platformequinix.com}
# Seconds. What is not there does not hold up the boot; what has answered once gets more (see provider).
TIMEOUT=5

# fetch URL [HEADER]: the body; fails where the status is not 200. Not wget's -T, with which busybox crashes.
fetch() {
  timeout $TIMEOUT wget -q -O - ${2:+--header "$2"} "$1" 2>/dev/null
}

# Seconds in which a machine of a cloud asks again: the cloud's service may not be ready for it yet.
PATIENCE=30

# Is there anything at the address? Asked once, so that a machine without metadata waits once.
reachable() {
  local end
  if [ -z "$answer" ]; then
    end=$(($(seconds) + PATIENCE))
    until something_answers; do
      in_cloud && [ "$(seconds)" -lt $end ] || break
      sleep 1
    done
  fi
  [ $answer = yes ]
}

something_answers() {
  case $(timeout $TIMEOUT wget -O /dev/null "$BASE/" 2>&1) in
    *'error: HTTP'* | *saved* | *100%*) answer=yes ;;
    *) answer=no && return 1 ;;
  esac
}

# Does the firmware name a cloud whose metadata come by HTTP? Azure is told from Hyper-V elsewhere by a fixed tag.
in_cloud() {
  local vendor= tag=
  read -r vendor 2>/dev/null <"$DMI/sys_vendor"
  read -r tag 2>/dev/null <"$DMI/chassis_asset_tag"
  case $vendor:$tag in
    'Amazon EC2':* | Google:* | Hetzner:* | OpenStack*:* | DigitalOcean:* | Vultr:*) return 0 ;;
    *:7783-7084-3265-9085-8269-3286-77) return 0 ;;
  esac
  return 1
}

DMI=/sys/class/dmi/id

# Since the boot; the clock may be set meanwhile.
seconds() {
  local up
  read -r up _ </proc/uptime
  echo "${up%.*}"
}

# request METHOD BASE PATH HEADERS [PORT]: the body of an answer with status 200, for what wget cannot send. PORT is the
# port on this side. Fails where nothing answers.
request() {
  local host=${2#*://} port=80 answer
  case $host in
    *:*) port=${host#*:} ;;
  esac
  # A pipe that stays open: to some servers a sender that has closed its side is gone.
  mkfifo /tmp/request
  exec 4<>/tmp/request
  printf "$1 $3 HTTP/1.0\r\nHost: %s\r\n$4\r\n" "$host" >&4
  answer=$(timeout $TIMEOUT nc ${5:+-p "$5"} "${host%%:*}" "$port" <&4 2>/dev/null)
  exec 4>&-
  rm /tmp/request
  [ -n "$answer" ] || return
  echo "$answer" | tr -d '\r' | sed -n '1{/ 200 /!q}; 1,/^$/d; p'
}

# Version 2 of EC2's service wants a token, which a PUT gives.
aws_token() {
  request PUT "$BASE" /latest/api/token 'X-aws-ec2-metadata-token-ttl-seconds: 60\r\n'
}

from_aws() {
  reachable || return
  local token header
  token=$(aws_token)
  header=${token:+X-aws-ec2-metadata-token: $token}
  ec2_like AWS "$BASE/latest" "$header"
}

# ec2_like NAME URL [HEADER]
ec2_like() {
  fetch "$2/meta-data/instance-id" "$3" | keep instance_id || return
  provider "$1"
  fetch "$2/meta-data/local-hostname" "$3" | keep hostname
  fetch "$2/meta-data/local-ipv4" "$3" | keep local_ipv4
  fetch "$2/meta-data/public-ipv4" "$3" | keep public_ipv4
  fetch "$2/meta-data/public-keys/0/openssh-key" "$3" | keep ssh/authorized_keys 600
  fetch "$2/user-data" "$3" | keep userdata
  return 0
}

from_gcp() {
  reachable || return
  local header='Metadata-Flavor: Google' url=$BASE/computeMetadata/v1
  fetch "$url/instance/hostname" "$header" | keep hostname || return
  provider GCP
  # Lines of `user:key`.
  fetch "$url/project/attributes/ssh-keys" "$header" | sed 's/^[^:]*://' | keep ssh/authorized_keys 600
  fetch "$url/instance/attributes/user-data" "$header" | keep userdata ||
    fetch "$url/instance/attributes/userdata" "$header" | keep userdata
  return 0
}

from_azure() {
  reachable || return
  local header='Metadata: true' url=$BASE/metadata/instance/compute query='api-version=2021-02-01&format=text'
  fetch "$url/name?$query" "$header" | keep hostname || return
  provider Azure
  fetch "$url/publicKeys/0/keyData?$query" "$header" | keep ssh/authorized_keys 600
  fetch "$url/userData?$query" "$header" | base64 -d 2>/dev/null | keep userdata
  return 0
}

from_hetzner() {
  reachable || return
  local url=$BASE/hetzner/v1
  fetch "$url/metadata/instance-id" | keep instance_id || return
  provider Hetzner
  fetch "$url/metadata/hostname" | keep hostname
  fetch "$url/metadata/public-ipv4" | keep public_ipv4
  # A YAML list, as JSON or a line a key.
  fetch "$url/metadata/public-keys" | sed 's/^\[//; s/\]$//; s/^- *//; s/", *"/\n/g; s/^"//; s/"$//' | keep ssh/authorized_keys 600
  fetch "$url/userdata" | keep userdata
  return 0
}

from_openstack() {
  reachable || return
  local meta
  meta=$(fetch "$BASE/openstack/latest/meta_data.json") && [ -n "$meta" ] || return
  provider OpenStack
  openstack_meta "$meta"
  fetch "$BASE/openstack/latest/user_data" | keep userdata
  return 0
}

# openstack_meta JSON
openstack_meta() {
  echo "$1" | jq -r '.uuid // empty' | keep instance_id
  echo "$1" | jq -r '.hostname // empty' | keep hostname
  echo "$1" | jq -r '.public_keys // {} | .[]' | keep ssh/authorized_keys 600
}

from_digitalocean() {
  reachable || return
  local url=$BASE/metadata/v1
  fetch "$url/id" | keep instance_id || return
  provider DigitalOcean
  fetch "$url/hostname" | keep hostname
  fetch "$url/interfaces/public/0/ipv4/address" | keep public_ipv4
  fetch "$url/public-keys" | keep ssh/authorized_keys 600
  fetch "$url/user-data" | keep userdata
  return 0
}

from_vultr() {
  reachable || return
  fetch "$BASE/v1/instanceid" | keep instance_id || return
  provider Vultr
  fetch "$BASE/v1/hostname" | keep hostname
  fetch "$BASE/v1/public-keys" | keep ssh/authorized_keys 600
  fetch "$BASE/latest/user-data" | keep userdata
  return 0
}

from_equinixmetal() {
  fetch "$EQUINIX/2009-04-04/meta-data/hostname" | keep hostname || return
  provider 'Equinix Metal'
  fetch "$EQUINIX/2009-04-04/meta-data/public-keys" | keep ssh/authorized_keys 600
  fetch "$EQUINIX/userdata" | keep userdata
  return 0
}
