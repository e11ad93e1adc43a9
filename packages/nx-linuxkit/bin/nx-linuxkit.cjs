#!/usr/bin/env node
require('@nx-linuxkit/command').main(process.argv.slice(2));
