"""Does with a runtime behind CRI what the kubelet does: a pod, two containers, exec, logs, limits, the end. Started by cri.sh."""

import os
import sys
import time
from fnmatch import fnmatchcase

import grpc
from cri_api.v1 import api_pb2 as cri
from cri_api.v1.api_pb2_grpc import ImageServiceStub, RuntimeServiceStub

work = sys.argv[1]
channel = grpc.insecure_channel(f"unix://{work}/c.sock")
runtime = RuntimeServiceStub(channel)
failures = 0


def expect(name, wanted, got):
    global failures
    if fnmatchcase(str(got), wanted):
        print(f"ok: {name}")
    else:
        print(f"FAILED: {name}: expected '{wanted}', got '{got}'")
        failures += 1


def refused(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.details()
    return "it went well"


def until(seconds, ready):
    end = time.monotonic() + seconds
    while not ready() and time.monotonic() < end:
        time.sleep(0.05)
    return ready()


def pod(name, network, sysctls={}, privileged=False, **options):
    logs = f"{work}/logs/{name}"
    os.makedirs(logs)
    security = cri.LinuxSandboxSecurityContext(
        privileged=privileged,
        namespace_options=cri.NamespaceOption(network=network, pid=options.pop("pid", cri.CONTAINER)),
        seccomp=cri.SecurityProfile(profile_type=cri.SecurityProfile.RuntimeDefault),
    )
    config = cri.PodSandboxConfig(
        metadata=cri.PodSandboxMetadata(name=name, uid=f"uid-{name}", namespace="default"),
        log_directory=logs,
        linux=cri.LinuxPodSandboxConfig(cgroup_parent=f"/hako-peer-{name}", security_context=security, sysctls=sysctls),
        **options,
    )
    request = cri.RunPodSandboxRequest(config=config, runtime_handler="hako")
    return config, runtime.RunPodSandbox(request).pod_sandbox_id


def container(config, sandbox, name, script, resources=None, security=None, command=None, **options):
    settings = cri.ContainerConfig(
        metadata=cri.ContainerMetadata(name=name),
        image=cri.ImageSpec(image="docker.io/library/box:test"),
        command=command or ["sh", "-c", script],
        log_path=f"{name}.log",
        linux=cri.LinuxContainerConfig(resources=resources, security_context=security),
        **options,
    )
    request = cri.CreateContainerRequest(pod_sandbox_id=sandbox, config=settings, sandbox_config=config)
    return runtime.CreateContainer(request).container_id


def start(box):
    runtime.StartContainer(cri.StartContainerRequest(container_id=box))


def status(box):
    return runtime.ContainerStatus(cri.ContainerStatusRequest(container_id=box)).status


def state(box):
    return cri.ContainerState.Name(status(box).state)


def execute(box, *command, timeout=10):
    answer = runtime.ExecSync(cri.ExecSyncRequest(container_id=box, cmd=command, timeout=timeout))
    return f"{answer.stdout.decode()}{answer.stderr.decode()}={answer.exit_code}".replace("\n", "|")


def limit(box):
    """The limit of memory that the kernel holds, in whichever version of control groups."""
    return execute(box, "sh", "-c", "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true")


def a_pod_and_two_containers():
    config, sandbox = pod("one", cri.NODE, hostname="", pid=cri.POD)
    answer = runtime.PodSandboxStatus(cri.PodSandboxStatusRequest(pod_sandbox_id=sandbox)).status
    expect("pod", "SANDBOX_READY hako", f"{cri.PodSandboxState.Name(answer.state)} {answer.runtime_handler}")

    web = container(
        config, sandbox, "web", "echo to stdout; echo to stderr >&2; trap 'exit 3' TERM; while :; do sleep 0.1; done",
        resources=cri.LinuxContainerResources(memory_limit_in_bytes=64 << 20, cpu_shares=512),
        security=cri.LinuxContainerSecurityContext(
            namespace_options=cri.NamespaceOption(network=cri.NODE, pid=cri.POD),
            run_as_user=cri.Int64Value(value=1000), no_new_privs=True, readonly_rootfs=True,
            capabilities=cri.Capability(drop_capabilities=["ALL"]),
            seccomp=cri.SecurityProfile(profile_type=cri.SecurityProfile.RuntimeDefault),
        ),
        envs=[cri.KeyValue(key="A", value="b")], working_dir="/tmp",
    )
    expect("created", "CONTAINER_CREATED", state(web))
    start(web)
    expect("started", "CONTAINER_RUNNING", state(web))
    os.makedirs(f"{work}/volume")
    side = container(
        config, sandbox, "side", "trap '' TERM; echo >/dev/shm/ready; sleep 1000",
        security=cri.LinuxContainerSecurityContext(namespace_options=cri.NamespaceOption(network=cri.NODE, pid=cri.POD)),
        mounts=[cri.Mount(container_path="/data", host_path=f"{work}/volume")],
    )
    start(side)
    expect("the second", "CONTAINER_RUNNING", state(side))
    expect("shared memory of the pod's own", "*ready*=0", execute(web, "ls", "/dev/shm"))
    expect("exec", "1000|/tmp|b|=0", execute(web, "sh", "-c", "id -u; pwd; echo $A"))
    expect("exec's exit status", "oops|=7", execute(web, "sh", "-c", "echo oops >&2; exit 7"))
    expect("exec not found", "*executable file not found*", refused(lambda: execute(web, "nosuch")))
    expect("exec's time is up", "*timeout*", refused(lambda: execute(web, "sleep", "100", timeout=1)))
    expect("read-only root, no capabilities, no new privileges, seccomp", "touch: */x: Read-only file system|0000000000000000|1|2|=0",
        execute(web, "sh", "-c", "touch /x 2>&1; sed -n 's/^\\(CapEff\\|NoNewPrivs\\|Seccomp\\):.//p' /proc/self/status"))
    expect("one process namespace for the pod", "*sleep 1000000*sleep 1000*", execute(side, "ps"))
    expect("volume", "=0", execute(side, "sh", "-c", "echo x >/data/file"))
    expect("volume on the host", "x", open(f"{work}/volume/file").read().strip())

    expect("memory limit", f"{64 << 20}|=0", limit(web))
    update = cri.LinuxContainerResources(memory_limit_in_bytes=32 << 20, cpu_shares=256)
    runtime.UpdateContainerResources(cri.UpdateContainerResourcesRequest(container_id=web, linux=update))
    expect("updated", f"{32 << 20}|=0", limit(web))
    stats = runtime.ContainerStats(cri.ContainerStatsRequest(container_id=web)).stats
    expect("statistics", "True True", f"{stats.cpu.usage_core_nano_seconds.value > 0} {stats.memory.working_set_bytes.value > 0}")

    text = open(f"{config.log_directory}/web.log").read()
    expect("logs", "* stdout F to stdout\n*", text)
    expect("logs of stderr", "* stderr F to stderr\n*", text)
    runtime.StopContainer(cri.StopContainerRequest(container_id=web, timeout=10))
    expect("stopped by its signal", "CONTAINER_EXITED 3", f"{state(web)} {status(web).exit_code}")
    began = time.monotonic()
    runtime.StopContainer(cri.StopContainerRequest(container_id=side, timeout=1))
    expect("killed after its time", "CONTAINER_EXITED 137 True", f"{state(side)} {status(side).exit_code} {time.monotonic() - began < 5}")
    runtime.RemoveContainer(cri.RemoveContainerRequest(container_id=web))

    bad = container(config, sandbox, "bad", "exit 5")
    start(bad)
    until(10, lambda: state(bad) == "CONTAINER_EXITED")
    expect("exit status", "CONTAINER_EXITED 5 Error", f"{state(bad)} {status(bad).exit_code} {status(bad).reason}")
    hungry = container(config, sandbox, "hungry", "exec tail -c 64m /dev/zero",
        resources=cri.LinuxContainerResources(memory_limit_in_bytes=16 << 20))
    start(hungry)
    until(10, lambda: state(hungry) == "CONTAINER_EXITED")
    expect("killed for its memory", "137 OOMKilled", f"{status(hungry).exit_code} {status(hungry).reason}")
    return sandbox


def a_pod_with_a_network():
    config, sandbox = pod("two", cri.POD, hostname="podname", dns_config=cri.DNSConfig(servers=["10.0.0.1"]),
        sysctls={"net.ipv4.ping_group_range": "0 1000"}, privileged=True)
    answer = runtime.PodSandboxStatus(cri.PodSandboxStatusRequest(pod_sandbox_id=sandbox)).status
    expect("the pod's address", "10.99.0.*", answer.network.ip)
    box = container(config, sandbox, "box", "exec sleep 1000")
    start(box)
    expect("its address in the container, its name", f"podname|*inet {answer.network.ip}/*=0", execute(box, "sh", "-c", "hostname; ip addr show eth0"))
    expect("its name servers", "nameserver 10.0.0.1|=0", execute(box, "cat", "/etc/resolv.conf"))
    expect("its sysctls", "0 1000|=0", execute(box, "sh", "-c", "tr '\\t' ' ' </proc/sys/net/ipv4/ping_group_range"))
    settings_of_containers(config, sandbox)
    return sandbox


def settings_of_containers(config, sandbox):
    debug = container(config, sandbox, "debug", "exec sleep 1000", security=cri.LinuxContainerSecurityContext(
        privileged=True, supplemental_groups=[29, 77], namespace_options=cri.NamespaceOption(pid=cri.CONTAINER)),
        resources=cri.LinuxContainerResources(oom_score_adj=900))
    start(debug)
    expect("privileged, groups, memory's last resort", "x|*29(audio),77|900|=0", execute(
        debug, "sh", "-c", "mount -t tmpfs -o size=1m x /tmp && echo x; id; cat /proc/1/oom_score_adj"))
    target = cri.NamespaceOption(network=cri.POD, pid=cri.TARGET, target_id=debug)
    peer = container(config, sandbox, "peer", "exec sleep 2000", security=cri.LinuxContainerSecurityContext(namespace_options=target))
    start(peer)
    expect("into another's process namespace", "*sleep 1000*sleep 2000*", execute(peer, "ps"))

    missing = container(config, sandbox, "missing", "", command=["nosuch"])
    expect("no such command", "*executable file not found*", refused(lambda: start(missing)))
    expect("its state", "CONTAINER_EXITED 128 StartError", f"{state(missing)} {status(missing).exit_code} {status(missing).reason}")
    listed = runtime.ListContainers(cri.ListContainersRequest(filter=cri.ContainerFilter(pod_sandbox_id=sandbox))).containers
    expect("list", "box debug missing peer", " ".join(sorted(one.metadata.name for one in listed)))


def main():
    answer = runtime.Version(cri.VersionRequest())
    expect("version", "containerd v1", f"{answer.runtime_name} {answer.runtime_api_version}")
    names = [tag for image in ImageServiceStub(channel).ListImages(cri.ListImagesRequest()).images for tag in image.repo_tags]
    expect("images", "*box:test*pause:test*", sorted(names))
    unknown = cri.RunPodSandboxRequest(
        config=cri.PodSandboxConfig(metadata=cri.PodSandboxMetadata(name="x", uid="x", namespace="x")), runtime_handler="nosuch")
    expect("unknown handler", "*nosuch*", refused(lambda: runtime.RunPodSandbox(unknown)))
    try:
        for sandbox in [a_pod_and_two_containers(), a_pod_with_a_network()]:
            runtime.StopPodSandbox(cri.StopPodSandboxRequest(pod_sandbox_id=sandbox))
            answer = runtime.PodSandboxStatus(cri.PodSandboxStatusRequest(pod_sandbox_id=sandbox)).status
            expect("pod stopped", "SANDBOX_NOTREADY", cri.PodSandboxState.Name(answer.state))
            runtime.RemovePodSandbox(cri.RemovePodSandboxRequest(pod_sandbox_id=sandbox))
        expect("pods removed", "0", len(runtime.ListPodSandbox(cri.ListPodSandboxRequest()).items))
    finally:
        for one in runtime.ListPodSandbox(cri.ListPodSandboxRequest()).items:  # when something failed on the way
            runtime.RemovePodSandbox(cri.RemovePodSandboxRequest(pod_sandbox_id=one.id))
    sys.exit(1 if failures else 0)


main()
