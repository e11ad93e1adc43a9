# From the annotations of config.json files to shell functions with a case for each service.

def function(name; key; all):
  "\(name)() { case $1 in",
  (all[] | select(.annotations[key]) | "\(.name | @sh)) echo \(.annotations[key] | @sh);;"),
  "esac; }";

[inputs | {name: (input_filename | split("/")[-2]), annotations: (.annotations // {})}] as $all |
function("after_of"; "nx-linuxkit.after"; $all),
function("restart_of"; "nx-linuxkit.restart"; $all),
function("health_of"; "nx-linuxkit.health"; $all),
function("interval_of"; "nx-linuxkit.health-interval"; $all),
function("timeout_of"; "nx-linuxkit.health-timeout"; $all)
