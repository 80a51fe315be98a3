#!/bin/bash
# A swarm of one node whose services run on the runtime.
. "$(dirname "$0")/common.sh"
PATH=$PEERS/usr/bin:$PEERS/usr/sbin:$PEERS/usr/libexec/docker:$PATH

# The swarm's links, rules and ports are in a network namespace of the test's own.
if [ "${HAKO_PEER-}" != inside ]; then HAKO_PEER=inside exec unshare --net --mount --propagation private "$0"; fi
ip link set lo up

dockerd --data-root "$WORK/data" --exec-root "$WORK/exec" -H "unix://$WORK/d.sock" -p "$WORK/d.pid" \
  --add-runtime "hako=$RUNTIME" --default-runtime hako --bridge none --iptables=false --ip6tables=false --ip-forward=false \
  --ip-masq=false --cgroup-parent /hako-peer >"$WORK/log" 2>&1 &
daemon=$!
trap 'docker swarm leave --force >/dev/null 2>&1; kill $daemon; wait $daemon 2>/dev/null' EXIT
docker() { "$PEERS/usr/bin/docker" -H "unix://$WORK/d.sock" "$@" 2> >(grep -v 'IPv4 forwarding' >&2); }
wait_for docker info
# A registry's address of this machine, where none is: asked for the image's digest it refuses at once.
image=127.0.0.1:1/image:1
docker import "$ROOTFS.tar" "$image" >/dev/null || { tail -5 "$WORK/log"; exit 1; }

tasks() { docker ps -q --no-trunc --filter "label=com.docker.swarm.service.name=$1"; }
has_tasks() { [ "$(tasks "$1" | wc -l)" = "$2" ]; }
known() { "$RUNTIME" --root "$WORK/exec/runtime-runc/moby" state "$1" | jq -r .status; }
logged() { [ "$(docker service logs "$1" 2>&1 | grep -c "$2")" = "$3" ]; }
complete() { [ "$(docker service ps --format '{{.CurrentState}}' "$1" | grep -c ^Complete)" = "$2" ]; }
service() { docker service create --detach --quiet --restart-delay 100ms --stop-signal KILL "$@" >/dev/null 2>"$WORK/err" || cat "$WORK/err"; }

expect "init" "*is now a manager*=0" "$(both docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377)"
expect "node" "Ready Active Leader" "$(docker node ls --format '{{.Status}} {{.Availability}} {{.ManagerStatus}}')"
echo password | docker secret create key - >/dev/null
echo setting | docker config create conf - >/dev/null

service --name svc --replicas 2 --limit-memory 64m --limit-pids 50 --secret key --config source=conf,target=/etc/conf --env A=b \
  --user 1000 --read-only "$image" sh -c 'echo "hello $A"; exec sleep 1000'
wait_for has_tasks svc 2
one=$(tasks svc | head -1)
expect "its runtime" "hako" "$(docker inspect -f '{{.HostConfig.Runtime}}' "$one")"
expect "the runtime knows its tasks" "running running" "$(for id in $(tasks svc); do known "$id"; done | xargs)"
wait_for logged svc 'hello b' 2
expect "logs" "svc.*hello b" "$(docker service logs svc 2>&1 | head -1)"
expect "secret and configuration" "password|setting=0" "$(both docker exec -u 0 "$one" cat /run/secrets/key /etc/conf)"
expect "memory limit" "67108864=0" \
  "$(both docker exec "$one" sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true')"
docker service scale --detach svc=3 >/dev/null
wait_for eval 'has_tasks svc 3 && docker service ls | grep -q 3/3'
expect "scaled" "3/3" "$(docker service ls --filter name=svc --format '{{.Replicas}}')"
docker kill "$one" >/dev/null
wait_for eval 'has_tasks svc 3 && [[ $(tasks svc) != *$one* ]]'
expect "a killed task is replaced" "running running running" "$(for id in $(tasks svc); do known "$id"; done | xargs)"
docker service update --detach --quiet --env-add A=c --update-parallelism 0 svc >/dev/null 2>&1
wait_for logged svc 'hello c' 3
expect "updated" "*A=c*" "$(docker inspect -f '{{.Config.Env}}' "$(tasks svc | head -1)")"

service --name job --mode replicated-job --replicas 3 "$image" true
wait_for complete job 3
expect "job" "3" "$(docker service ps --format '{{.CurrentState}}' job | grep -c ^Complete)"

docker network create --driver overlay net >/dev/null
service --name web --network net --endpoint-mode dnsrr --publish mode=host,target=80,published=8080 "$image" \
  sh -c 'echo page >/tmp/index.html; exec httpd -f -h /tmp'
service --name client --network net --endpoint-mode dnsrr "$image" sleep 1000
wait_for has_tasks client 1
wait_for has_tasks web 1
expect "over the network by name" "*page=0" "$(both docker exec "$(tasks client)" sh -c 'printf "GET / HTTP/1.0\r\n\r\n" | nc -w 5 web 80')"
expect "a published port" "*page=0" "$(both sh -c 'printf "GET / HTTP/1.0\r\n\r\n" | busybox nc -w 5 127.0.0.1 8080')"

docker service rm svc job web client >/dev/null
wait_for eval '[ -z "$(docker ps -q)" ]'
docker ps -aq | xargs -r "$PEERS/usr/bin/docker" -H "unix://$WORK/d.sock" rm >/dev/null # the swarm keeps the containers of jobs that are done
expect "services removed" "" "$(docker service ls -q)$(ls "$WORK/exec/runtime-runc/moby")"
docker network rm net >/dev/null
expect "leave" "Node left the swarm.=0" "$(both docker swarm leave --force)"
finish
