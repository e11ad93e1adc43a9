#!/bin/sh
# Stands in for Debian's invoke-rc.d while packages are installed for the tests, so that no daemon starts.
exit 0
