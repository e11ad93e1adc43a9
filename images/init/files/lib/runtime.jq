# From runtime.json files to shell functions with a case for each bundle. Every value is quoted by @sh.

def call(name): [name, (.[] | @sh), "|| return"] | join(" ");
def case(name; body): "\(name | @sh))", body, ":;;";
def function(name; bundles; body):
  "\(name)() { case $1 in", (bundles[] | . as $bundle | case($bundle.name; $bundle.runtime | body)), "*) false;;", "esac; }";

def prepare:
  (.mounts[]? | [.destination, .type // "", .source // "", (.options // [] | join(","))] | call("runtime_mount")),
  (.mkdir[]? | [.] | call("runtime_mkdir")),
  (.cgroups[]? | [.] | call("runtime_cgroup"));

def kind: if (.peer // "") != "" then "veth" else .add // "" end;
def namespaces: .bindNS // {} | to_entries | map(select(.value != ""));
def connect:
  (.interfaces[]? | [.name, kind, .peer // "", (.createInRoot // false | tostring)] | call("runtime_interface \"$2\"")),
  (namespaces[] | [.key, .value] | call("runtime_bind_namespace \"$2\""));

[inputs | {name: (input_filename | split("/")[-2]), runtime: .}] as $all |
function("prepare"; $all; prepare),
function("connect"; $all; connect),
function("hooked"; [$all[] | select(.runtime | [.interfaces[]?, namespaces[]] | length > 0)]; "return 0"),
function("namespace_of"; [$all[] | select((.runtime.namespace // "") != "")]; "echo \(.namespace | @sh)")
