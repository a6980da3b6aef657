#!/bin/sh
# Ctrl-C in a terminal reaches every process of the group. workerd has to survive it until the gateway has written the
# usage of the last second; the process that started it stops it then.
trap '' INT
exec "$EDGE_WORKERD" "$@"
