# Answers one connection as Docker's event stream does: an image is deleted, then nothing happens for a while.
read -r request
printf 'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n'
printf '{"status":"delete","id":"sha256:1","Type":"image","Action":"delete","scope":"local"}\n'
sleep 600
