# A line of 100 bytes now and then, half of them to standard error.
while true; do
  printf 'out %095d\n' 0
  printf 'err %095d\n' 0 >&2
  sleep 0.2
done
