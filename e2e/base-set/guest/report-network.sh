# The network after the onboot containers, seen from the host.
ip -o -4 addr show scope global | while read -r _ card _ address rest; do
  echo "probe address: $card $address ${rest##*valid_lft }"
done
echo "probe default: $(ip route | sed -n 's/^default via \([^ ]*\) dev \([^ ]*\).*/\1 \2/p')"
echo "probe resolver: $(grep nameserver /etc/resolv.conf)"
echo "probe onboot: over"
