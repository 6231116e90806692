#!/bin/sh
# Which model for a question? With curl alone; the headers hold what a script needs.
#
#   ./route.sh SOCKET QUESTION         prints the model
#   ./route.sh SOCKET -f BODY.json     the same for a chat body as it is
#
# Exit status 22 and tierd's problem on standard error where it refuses, curl's own where
# there is no answer.
set -eu

socket=$1
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

if [ "$2" = -f ]; then
  body=$(cat "$3")
else
  # JSON wants quotes, backslashes and control characters escaped; newlines become \n.
  body=$(printf '%s' "$2" | tr -d '\000-\010\013-\037' |
    sed -e 's/[\\"]/\\&/g' -e 's/	/\\t/g' | awk '{ printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }')
  body="{\"prompt\": \"$body\"}"
fi

headers=$(printf '%s' "$body" | curl --silent --show-error --max-time 2 --unix-socket "$socket" \
  --data-binary @- --header 'content-type: application/json' \
  --output "$answer" --dump-header - http://localhost/v1/route)

case $headers in
  "HTTP/1.1 200"*) printf '%s\n' "$headers" | tr -d '\r' | sed -n 's/^x-tierd-model: //p' ;;
  *)
    cat "$answer" >&2
    exit 22
    ;;
esac
