# In the metadata image: one cloud after the other answers, and is told from the others without being named.
# Scaleway and metaldata have addresses of their own, for which this machine has no server.
export METADATA_URL=http://169.254.169.254
for cloud in "$@"; do
  wget -q -O /dev/null "http://169.254.169.254/select/$cloud"
  export CONFIG=/run/config-$cloud
  echo "probe metadata-$cloud: $(metadata aws gcp azure hetzner openstack digitalocean vultr scaleway metaldata)"
  for file in provider hostname instance_id local_ipv4 public_ipv4 ssh/authorized_keys app/of.conf; do
    [ -f "$CONFIG/$file" ] &&
      echo "probe $cloud $file: $(busybox stat -c %a "$CONFIG/$file") $(cat "$CONFIG/$file")"
  done
  echo "probe $cloud name: $(hostname)"
done
