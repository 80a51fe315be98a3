import JSON
import Linux
import OCI
import Testing

@testable import Runtime

@Suite struct PlannerTests {
    static func spec(_ change: (inout Spec) -> Void = { _ in }) -> Spec {
        var spec = StarterSpec.make(rootless: false)
        spec.process?.terminal = false
        change(&spec)
        return spec
    }

    static func plan(_ spec: Spec) throws(RuntimeError) -> LaunchPlan {
        try Planner.plan(spec, in: PlanContext(bundle: "/bundle", privileged: true, containerID: "c"))
    }

    private func position(of wanted: (InitStep) -> Bool, in plan: LaunchPlan) -> Int {
        plan.steps.firstIndex(where: wanted) ?? -1
    }

    @Test func stepsComeInTheirOrder() throws {
        let plan = try Self.plan(Self.spec())
        #expect(plan.namespaces.new == [.pid, .network, .ipc, .uts, .mount, .cgroup] && plan.namespaces.joins.isEmpty)
        let root = position(of: { $0.isRoot }, in: plan)
        let proc = position(of: { if case .mount(let mount) = $0 { mount.destination == "/proc" } else { false } }, in: plan)
        let node = position(of: { if case .node(let device) = $0 { device.path == "/dev/null" } else { false } }, in: plan)
        let mask = position(of: { $0 == .mask(path: "/proc/kcore") }, in: plan)
        let pivot = position(of: { $0 == .pivot }, in: plan)
        let readOnly = position(of: { $0 == .rootAttributes(readOnly: true, propagation: nil) }, in: plan)
        #expect(plan.steps.first == .propagation(.slave))
        #expect(0 < root && root < proc && proc < node && node < mask && mask < pivot && pivot < readOnly)
        #expect(plan.mountPoint == "/bundle/rootfs" && plan.sources == [HostSource(path: "/bundle/rootfs", recursive: true)])
        #expect(plan.steps.contains(.loopback) && plan.steps.contains(.hostname("hako")))
        #expect(plan.steps.allSatisfy { !$0.purpose.isEmpty })
    }

    @Test func aUserNamespaceIsLentTheHostsDevices() throws {
        let plan = try Self.plan(
            Self.spec { spec in
                spec.linux?.namespaces?.append(Namespace(.user))
                spec.linux?.uidMappings = [IDMapping(containerID: 0, hostID: 1000, size: 10)]
                spec.linux?.gidMappings = [IDMapping(containerID: 0, hostID: 2000, size: 10)]
            })
        #expect(plan.identity?.uids.first?.hostID == 1000 && plan.identity?.gids.first?.hostID == 2000)
        #expect(!plan.steps.contains { if case .node = $0 { true } else { false } })
        let null = plan.sources.first { $0.path == "/dev/null" }
        #expect(null?.device == FileStatus.device(major: 1, minor: 3))
    }

    @Test func anOverlayIsTheRoot() throws {
        let plan = try Self.plan(
            Self.spec { spec in
                let options = ["lowerdir=/a:/b\\:c", "upperdir=/x/diff", "workdir=/x/work", "idmap", "volatile"]
                spec.mounts?.insert(Mount(destination: "/", type: "overlay", source: "overlay", options: options), at: 0)
                spec.linux?.namespaces?.append(Namespace(.user))
                spec.linux?.uidMappings = [IDMapping(containerID: 0, hostID: 1000, size: 10)]
                spec.linux?.gidMappings = [IDMapping(containerID: 0, hostID: 1000, size: 10)]
            })
        guard case .overlayRoot(let overlay) = plan.steps[1] else { return #expect(Bool(false), "\(plan.steps[1])") }
        #expect(overlay.lowers.map { plan.sources[$0].path } == ["/a", "/b:c"])
        #expect(overlay.upper.map { plan.sources[$0].path } == "/x" && overlay.upperName == "diff" && overlay.workName == "work")
        #expect(overlay.data == [.init("volatile", nil)])
        #expect(plan.sources.prefix(3).allSatisfy { $0.idMap == .container })
    }

    @Test func aRelativeDestinationIsTakenFromTheRoot() throws {
        let plan = try Self.plan(Self.spec { $0.mounts?.append(Mount(destination: "x", type: "tmpfs")) })
        let mounts = plan.steps.compactMap { if case .mount(let mount) = $0 { mount.destination } else { nil } }
        #expect(mounts.last == "/x")
    }

    @Test func aProcessMayComeLater() throws {
        var spec = Self.spec()
        spec.process = nil
        var context = PlanContext(bundle: "/bundle", privileged: true, containerID: "c")
        context.waitsForStart = true
        #expect(try Planner.plan(spec, in: context).process.arguments.isEmpty)
    }

    @Test func namespacesAreJoinedByPath() throws {
        let plan = try Self.plan(Self.spec { $0.linux?.namespaces?[1].path = "/run/netns/x" })
        #expect(plan.namespaces.joins == [.init(kind: .network, path: "/run/netns/x")] && !plan.namespaces.makes(.network))
        #expect(!plan.steps.contains(.loopback))
    }

    static let refused: [(String, @Sendable (inout Spec) -> Void)] = [
        ("process is missing", { $0.process = nil }),
        ("process.args is empty", { $0.process?.args = [] }),
        ("process.cwd", { $0.process?.cwd = "relative" }),
        (
            "process.rlimits names a limit twice",
            { $0.process?.rlimits = Array(repeating: Rlimit(type: "RLIMIT_CPU", soft: 1, hard: 1), count: 2) }
        ),
        ("process.scheduler.policy", { $0.process?.scheduler = Scheduler() }),
        ("root is missing", { $0.root = nil }),
        ("root.path is empty", { $0.root?.path = "" }),
        ("names pid twice", { $0.linux?.namespaces?.append(Namespace(.pid)) }),
        ("is not absolute", { $0.linux?.namespaces?[1].path = "x" }),
        ("a new mount namespace is needed", { $0.linux?.namespaces?.removeAll { $0.type == .mount } }),
        ("needs linux.uidMappings", { $0.linux?.namespaces?.append(Namespace(.user)) }),
        ("there is no user namespace", { $0.linux?.uidMappings = [IDMapping(containerID: 0, hostID: 0, size: 1)] }),
        ("there is no time namespace", { $0.linux?.timeOffsets = ["monotonic": TimeOffset(secs: 1, nanosecs: 0)] }),
        (
            "neither maps nor a user",
            { $0.mounts?.append(Mount(destination: "/x", type: "bind", source: "/", options: ["idmap"])) }
        ),
        ("is none of c, u, b, p", { $0.linux?.devices = [Device(type: "x", path: "/dev/x")] }),
        ("is none of shared, slave", { $0.linux?.rootfsPropagation = "sideways" }),
        ("is no version", { $0.ociVersion = "one" }),
        ("1.x is supported", { $0.ociVersion = "2.0.0" }),
        ("has no source", { $0.mounts?.append(Mount(destination: "/x", type: "bind")) }),
        ("has no type", { $0.mounts?.append(Mount(destination: "/x")) }),
        ("linux.personality", { $0.linux?.personality = Personality() }),
        ("linux.intelRdt", { $0.linux?.intelRdt = [:] }),
        ("linux.memoryPolicy.mode \"\" is none of MPOL_BIND", { $0.linux?.memoryPolicy = MemoryPolicy() }),
        (
            "process.ioPriority.priority is 8",
            {
                $0.process?.ioPriority = IOPriority(); $0.process?.ioPriority?.class = "IOPRIO_CLASS_BE";
                $0.process?.ioPriority?.priority = 8
            }
        ),
        (
            "process.execCPUAffinity.final \"1-\" is not a list",
            {
                $0.process?.execCPUAffinity = ExecCPUAffinity(); $0.process?.execCPUAffinity?.final = "1-"
            }
        ),
        (
            "process.user has an id of 4294967295",
            {
                $0.process?.user = User(); $0.process?.user?.uid = .max
            }
        ),
        (
            "process.user has an id of 4294967295",
            {
                $0.process?.user = User(); $0.process?.user?.gid = .max
            }
        ),
        ("linux.netDevices: \"a/b\"", { $0.linux?.netDevices = ["a/b": NetDevice()] }),
        ("linux.netDevices: \"0123456789abcdef\"", { $0.linux?.netDevices = ["0123456789abcdef": NetDevice()] }),
        (
            "no network namespace",
            {
                $0.linux?.netDevices = ["eth9": NetDevice()]; $0.linux?.namespaces = [Namespace(.mount)]; $0.hostname = nil
            }
        ),
        (
            "hooks.prestart[0].path \"true\" is not absolute",
            {
                $0.hooks = Hooks(); $0.hooks?.prestart = [Hook(path: "true")]
            }
        ),
        ("kernel.panic is not namespaced", { $0.linux?.sysctl = ["kernel.panic": "1"] }),
    ]

    @Test(arguments: refused.indices)
    func whatCannotBeIsNamed(_ index: Int) {
        let (message, change) = Self.refused[index]
        let error = #expect(throws: RuntimeError.self) { try Self.plan(Self.spec(change)) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "") does not say: \(message)")
    }
}

@Suite struct MountOptionsTests {
    private func options(_ words: String...) throws(RuntimeError) -> MountOptions { try MountOptions(words, destination: "/x") }

    @Test func attributesAreSetAndCleared() throws {
        let options = try options("ro", "nosuid", "nodev", "exec", "rw", "rro", "relatime", "size=1m", "volatile", "rslave")
        #expect(options.set == [.noSuid, .noDevices] && options.clear.contains(.readOnly) && options.clear.contains(.noExecute))
        #expect(options.setRecursively == .readOnly && options.propagation == .slave && options.propagationIsRecursive)
        #expect(options.data == [.init("size", "1m"), .init("volatile", nil)])
    }

    @Test func bindsAndMaps() throws {
        let options = try options("rbind", "ridmap")
        #expect(options.isBind && options.isRecursive && options.idMap == .recursive)
    }

    @Test func everyKnownOptionIsUnderstood() throws {
        for name in MountOptions.known {
            let passed = try MountOptions([name], destination: "/").data.map(\.key)
            #expect(passed.isEmpty || MountOptions.ofEveryFileSystem.contains(name), "\(name) is passed on to the file system")
        }
    }
}

@Suite struct SysctlTests {
    @Test(arguments: [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"), ("kernel.shmmax", "kernel/shmmax"),
        ("fs.mqueue.msg_max", "fs/mqueue/msg_max"), ("kernel.domainname", "kernel/domainname"),
    ])
    func pathsOfTheNamespaced(_ key: String, _ path: String) throws {
        #expect(try Sysctl.path(of: key, in: [.network, .ipc, .uts]) == path)
        #expect(throws: RuntimeError.self) { try Sysctl.path(of: key, in: [.pid, .mount]) }
    }

    @Test(arguments: [
        ("net/ipv4/conf/eth0/forwarding", "eth0"), ("net/ipv6/neigh/a.b/retrans_time_ms", "a.b"),
        ("net/ipv4/conf/all/forwarding", nil), ("net/ipv4/conf/lo/forwarding", nil), ("net/ipv4/ip_forward", nil),
        ("net/ipv4/conf/eth0", nil), ("kernel/conf/x/y/z", nil),
    ])
    func devices(_ path: String, _ device: String?) { #expect(Sysctl.device(ofPath: path) == device) }

    @Test(arguments: ["kernel.panic", "vm.swappiness", "net..x", "", "net/../kernel/panic", "fs.file-max", "net.", "kernel"])
    func othersAreRefused(_ key: String) {
        #expect(throws: RuntimeError.self) { try Sysctl.path(of: key, in: [.network, .ipc, .uts]) }
    }
}

@Suite struct OverlayPathsTests {
    @Test(arguments: [
        ("/a:/b", ["/a", "/b"]), ("/a\\:b", ["/a:b"]), ("/a\\\\:/b", ["/a\\", "/b"]), ("", []), ("/a::/b", ["/a", "/b"]),
    ])
    func split(_ text: String, _ paths: [String]) { #expect(OverlayPaths.split(text) == paths) }

    @Test func directoryAndName() {
        #expect(OverlayPaths.directoryAndName("/a/b") == ("/a", "b") && OverlayPaths.directoryAndName("/a") == ("/", "a"))
        #expect(OverlayPaths.directoryAndName("a") == (".", "a"))
    }
}
