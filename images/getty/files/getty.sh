#!/bin/sh
# Starts a login on each console= of the kernel command line. The passwords are in the host's /etc/getty.shadow.
# With INSECURE=true root logs in without a password.
if [ "$INSECURE" = true ]; then
  login=/usr/bin/autologin
else
  login=/bin/login
  if [ -f /hostroot/etc/getty.shadow ]; then
    cp /hostroot/etc/getty.shadow /etc/shadow
    chmod 600 /etc/shadow
  else
    echo 'getty: no /etc/getty.shadow on the host and INSECURE is not set: nobody can log in' >&2
  fi
fi
[ -f /hostroot/etc/issue ] && cp /hostroot/etc/issue /etc/issue
[ -f /hostroot/etc/motd ] && cp /hostroot/etc/motd /etc/motd

serve() {
  while true; do
    setsid getty -n -l "$login" 0 "$1" "${TERM:-linux}"
    sleep 1
  done
}

started=
for word in $(cat /proc/cmdline); do
  case $word in
    console=*)
      tty=${word#console=}
      tty=${tty%%,*}
      case " $started " in
        *" $tty "*) continue ;;
      esac
      [ -c "/dev/$tty" ] || continue
      started="$started $tty"
      serve "$tty" &
      ;;
  esac
done
wait
