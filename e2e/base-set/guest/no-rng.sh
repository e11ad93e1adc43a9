# Takes the generator away: from now on the machine has none.
for device in /sys/bus/virtio/drivers/virtio_rng/virtio*; do
  echo "probe rng-taken: $(cat /sys/class/misc/hw_random/rng_current)"
  echo 1 >"$(readlink -f "$device/..")/remove"
done
echo "probe rng-left: $(cat /sys/class/misc/hw_random/rng_current)"
