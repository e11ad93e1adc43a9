#!/bin/sh
# The hypervisor wants the machine off: to busybox init USR2 means `poweroff`.
kill -USR2 1
