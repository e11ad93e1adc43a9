# What a report is compared with.
echo "probe sysfs-before: $(cat /sys/kernel/mm/transparent_hugepage/enabled)"
echo "probe inotify-before: $(cat /proc/sys/fs/inotify/max_user_instances)"
echo "probe dummy-before: $(grep -c '^dummy ' /proc/modules)"
# For metadata, which sees /run of the host.
cp /etc/probe/clouds.sh /etc/probe/user.data /run/
