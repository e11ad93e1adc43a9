# Says on the console which cards have an address whenever that changes, and whether the address has an end.
exec >/dev/console 2>&1
before=none
while sleep 0.2; do
  now=$(ip -o -4 addr show scope global | while read -r _ card _ _ rest; do
    case $rest in
      *'valid_lft forever'*) printf ' %s=kept' "$card" ;;
      *) printf ' %s=leased' "$card" ;;
    esac
  done)
  [ "$now" = "$before" ] || echo "probe cards:$now."
  before=$now
done
