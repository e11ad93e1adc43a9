# From runtime.json files to shell functions with a case for each bundle. Every value is quoted by @sh.

def call(name): [name, (.[] | @sh), "|| return"] | join(" ");
def case(name; body): "\(name | @sh))", body, ":;;";
def function(name; bundles; otherwise; body):
  "\(name)() { case $1 in", (bundles[] | case(.name; body)), "*) \(otherwise);;", "esac; }";

# A path that does not begin with a slash is one of the container's.
def in_root($bundle): if startswith("/") then . else "\($bundle)/rootfs/\(.)" end;

def prepare($bundle):
  (.mounts[]? | [(.destination | in_root($bundle)), .type // "", .source // "", (.options // [] | join(","))] | call("runtime_mount")),
  (.mkdir[]? | [in_root($bundle)] | call("runtime_mkdir")),
  (.cgroups[]? | [.] | call("runtime_cgroup"));

def kind: if (.peer // "") != "" then "veth" else .add // "" end;
def namespaces: .bindNS // {} | to_entries | map(select(.value != ""));
def connect:
  (.interfaces[]? | [.name, kind, .peer // "", (.createInRoot // false | tostring)] | call("runtime_interface \"$2\"")),
  (namespaces[] | [.key, .value] | call("runtime_bind_namespace \"$2\""));

[inputs | (input_filename | sub("/[^/]*$"; "")) as $bundle | {$bundle, name: ($bundle | sub(".*/"; "")), runtime: .}] as $all |
# A bundle without a runtime.json has nothing to prepare.
function("prepare"; $all; ":"; .bundle as $bundle | .runtime | prepare($bundle)),
function("connect"; $all; ":"; .runtime | connect),
function("hooked"; [$all[] | select(.runtime | [.interfaces[]?, namespaces[]] | length > 0)]; false; "return 0"),
function("namespace_of"; [$all[] | select((.runtime.namespace // "") != "")]; false; "echo \(.runtime.namespace | @sh)")
