# From runtime.json files to shell functions with a case for each bundle. With json.awk.

function file_read(text, bundle,   name) {
  name = bundle
  sub(/.*\//, "", name)
  read_json(text, name)
  prepare = prepare one_case(name, prepare_of(name, bundle))
  connect = connect one_case(name, connect_of(name))
  if (connect_of(name) != "") hooked = hooked one_case(name, "return 0\n")
  if (value[name, "namespace"] != "")
    namespaces = namespaces one_case(name, "echo " quoted(value[name, "namespace"]) "\n")
}

END {
  # A bundle without a runtime.json has nothing to prepare.
  print shell_function("prepare", prepare, ":")
  print shell_function("connect", connect, ":")
  print shell_function("hooked", hooked, "false")
  print shell_function("namespace_of", namespaces, "false")
}

function shell_function(name, cases, otherwise) {
  return name "() { case $1 in\n" cases "*) " otherwise ";;\nesac; }"
}

function one_case(name, body) {
  return quoted(name) ")\n" body ":;;\n"
}

function prepare_of(name, bundle,   i, text) {
  text = ""
  for (i = 0; i < size[name, "mounts"]; i++)
    text = text call("runtime_mount", in_root(value[name, "mounts", i, "destination"], bundle) \
      " " word(name, "mounts", i, "type") " " word(name, "mounts", i, "source") " " options(name, i))
  for (i = 0; i < size[name, "mkdir"]; i++)
    text = text call("runtime_mkdir", in_root(value[name, "mkdir", i], bundle))
  for (i = 0; i < size[name, "cgroups"]; i++)
    text = text call("runtime_cgroup", quoted(value[name, "cgroups", i]))
  return text
}

function connect_of(name,   i, kind, key, text) {
  text = ""
  for (i = 0; i < size[name, "interfaces"]; i++) {
    kind = value[name, "interfaces", i, "peer"] != "" ? "veth" : value[name, "interfaces", i, "add"]
    text = text call("runtime_interface \"$2\"", word(name, "interfaces", i, "name") " " quoted(kind) \
      " " word(name, "interfaces", i, "peer") " " word(name, "interfaces", i, "createInRoot"))
  }
  for (i = 0; i < size[name, "bindNS"]; i++) {
    key = keys[name, "bindNS", i]
    if (value[name, "bindNS", key] != "")
      text = text call("runtime_bind_namespace \"$2\"", quoted(key) " " word(name, "bindNS", key))
  }
  return text
}

function call(command, words) { return command " " words " || return\n" }

# A path that does not begin with a slash is one of the container's.
function in_root(path, bundle) { return quoted(path ~ /^\// ? path : bundle "/rootfs/" path) }

function word(name, section, key, field) {
  return quoted(field == "" ? value[name, section, key] : value[name, section, key, field])
}

function options(name, i,   at, text) {
  text = ""
  for (at = 0; at < size[name, "mounts", i, "options"]; at++)
    text = text (at ? "," : "") value[name, "mounts", i, "options", at]
  return quoted(text)
}
