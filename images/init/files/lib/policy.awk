# From the annotations of config.json files to shell functions with a case for each service. With json.awk.

BEGIN {
  count = split("after restart health health-interval health-timeout", KEYS, " ")
  split("after_of restart_of health_of interval_of timeout_of", NAMES, " ")
}

function file_read(text, bundle,   name, path, i) {
  name = bundle
  sub(/.*\//, "", name)
  read_json(text, name)
  for (i = 1; i <= count; i++) {
    path = name SUBSEP "annotations" SUBSEP "nx-linuxkit." KEYS[i]
    if (value[path] != "") cases[i] = cases[i] quoted(name) ") echo " quoted(value[path]) ";;\n"
  }
}

END {
  for (i = 1; i <= count; i++) print NAMES[i] "() { case $1 in\n" cases[i] "esac; }"
}
