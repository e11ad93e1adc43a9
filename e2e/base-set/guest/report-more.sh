# What packages beyond LinuxKit's examples did, seen from the host; then the machine is switched off.
exec >/dev/console 2>&1
. /etc/probe/probe.sh
ahead() { echo $(($(date +%s) - $(cat /sys/class/rtc/rtc0/since_epoch))); }
set_ahead() { [ "$(ahead)" -gt 3600 ]; }
in_container() {
  local name=$1 id
  read -r id _ </proc/sys/kernel/random/uuid
  shift
  ctr -n services.linuxkit tasks exec --exec-id "probe-$id" "$name" "$@"
}
wrote() { grep -q "$2" "/var/log/$1.log"; }

base64 -d /etc/probe/foreign >/run/foreign
chmod 755 /run/foreign
say foreign "$(/run/foreign)"
say emulators "$(cd /proc/sys/fs/binfmt_misc && echo qemu-*)"

wait_for 120 set_ahead
say ahead "$(ahead)"
say chronyc "$(in_container chrony /usr/bin/chronyc -n sources | grep -c '^\^\* 192.0.2.1')"

say nftables "$(in_container rules /usr/sbin/nft list table inet probe | grep -c 'tcp dport 9 drop')"
say wireguard "$(ip -o address show dev wg0 | grep -o '192.168.9.1/24')"

wait_for 60 wrote debug done
say debug "$(grep -v done /var/log/debug.log | tr '\n' '|')"

mkdir /run/seen-by-audit
wait_for 60 grep -q 'key="probe"' /var/log/audit/audit.log
say audit "$(grep -c 'key="probe"' /var/log/audit/audit.log)"

tpm() { in_container tss /usr/sbin/tpm_version >/run/tpm 2>&1; }
wait_for 60 tpm
say tpm "$(grep -o 'TPM .* Version Info' /run/tpm)"

poweroff
