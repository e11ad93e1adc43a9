# What came late and was waited for.
echo "probe mounted: $(sed -n 's|^\([^ ]*\) /var/late \([^ ]*\) .*|\1 \2|p' /proc/mounts)"
echo "probe hostname: $(hostname)"
echo "probe onboot: over"
