# talking.sh: writes a line to each output, and tells the console when it is told to end.
trap 'echo "probe talking: ended by TERM" >/dev/console; exit 0' TERM
echo out
echo error >&2
sleep 2147483647 &
wait
