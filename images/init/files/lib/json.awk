# Reads JSON files: `read_json(text, name)` gives `value[name, "mounts", 0, "type"]`, `size[name, "mounts"]` of a list
# or an object, and `keys[name, "bindNS", 0]`, the names of an object in their order. null is a value that is not there.

BEGIN {
  TOKEN = "^[ \t\r\n]*(\"([^\"\\\\]|\\\\.)*\"|[][{}:,]|[^][{}:,\" \t\r\n]+)"
}

function read_json(text, name) {
  rest = text
  read_value(name, next_token())
}

# The next token without the white space before it; empty at the end.
function next_token(   token) {
  if (!match(rest, TOKEN)) return ""
  token = substr(rest, 1, RLENGTH)
  rest = substr(rest, RLENGTH + 1)
  sub(/^[ \t\r\n]+/, "", token)
  return token
}

function read_value(path, token,   name) {
  if (token == "{") {
    while ((token = next_token()) != "}" && token != "") {
      if (token == ",") continue
      name = unquote(token)
      keys[path, size[path]++] = name
      next_token() # the colon
      read_value(path SUBSEP name, next_token())
    }
  } else if (token == "[") {
    while ((token = next_token()) != "]" && token != "")
      if (token != ",") read_value(path SUBSEP (size[path]++), token)
  } else if (token != "null") value[path] = unquote(token)
}

function unquote(token,   text, at, code) {
  if (token !~ /^"/) return token
  token = substr(token, 2, length(token) - 2)
  text = ""
  while ((at = index(token, "\\")) > 0) {
    text = text substr(token, 1, at - 1)
    code = substr(token, at + 1, 1)
    token = substr(token, at + 2)
    if (code == "u") {
      text = text utf8(token)
      token = substr(token, unit > 65535 ? 11 : 5)
    } else text = text (code in ESCAPES ? ESCAPES[code] : code)
  }
  return text token
}

BEGIN {
  ESCAPES["b"] = "\b"
  ESCAPES["f"] = "\f"
  ESCAPES["n"] = "\n"
  ESCAPES["r"] = "\r"
  ESCAPES["t"] = "\t"
}

# The character of `XXXX`, or of `XXXX\uXXXX` that are a pair; `unit` is its number.
function utf8(digits,   low) {
  unit = hex(substr(digits, 1, 4))
  low = substr(digits, 5, 2) == "\\u" ? hex(substr(digits, 7, 4)) : 0
  if (unit >= 55296 && unit < 56320 && low >= 56320 && low < 57344)
    unit = (unit - 55296) * 1024 + low - 56320 + 65536
  if (unit < 128) return sprintf("%c", unit)
  if (unit < 2048) return sprintf("%c%c", 192 + int(unit / 64), 128 + unit % 64)
  if (unit < 65536)
    return sprintf("%c%c%c", 224 + int(unit / 4096), 128 + int(unit / 64) % 64, 128 + unit % 64)
  return sprintf("%c%c%c%c", 240 + int(unit / 262144), 128 + int(unit / 4096) % 64, 128 + int(unit / 64) % 64, 128 + unit % 64)
}

function hex(digits,   number, at) {
  number = 0
  for (at = 1; at <= length(digits); at++)
    number = number * 16 + index("0123456789abcdef", tolower(substr(digits, at, 1))) - 1
  return number
}

# One word of the shell.
function quoted(text) {
  gsub(/'/, "'\\''", text)
  return "'" text "'"
}

# A file at a time: `file_read(text, bundle)` is of who uses this; the bundle is the file's folder.
FNR == 1 { end_of_file() }
{ whole = whole $0 "\n" }
END { end_of_file() }

function end_of_file(   parts, count) {
  if (whole != "") file_read(whole, bundle)
  whole = ""
  bundle = FILENAME
  sub(/\/[^\/]*$/, "", bundle)
}
