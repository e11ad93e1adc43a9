# What dhcpcd writes to standard error, without one line that would look like a fault at every boot.

ERRORS=/run/dhcpcd-errors
# dhcpcd looks for the user that it would give its privileges to, and has no option for running without one. There is no
# such user on purpose; see build.yml.
NO_USER='getpwnam: No such file or directory'

# Prints in the background what is written to ERRORS, until its writer has ended. The writer stays a process of its own,
# with its exit status and its signals.
filter_errors() {
  local line
  rm -f $ERRORS
  mkfifo $ERRORS || {
    ERRORS=/dev/stderr
    return
  }
  while IFS= read -r line || [ -n "$line" ]; do
    [ "$line" = "$NO_USER" ] || echo "$line" >&2
  done <$ERRORS &
}
