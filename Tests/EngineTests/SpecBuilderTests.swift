import OCI
import Testing

@testable import Engine

@Suite struct SpecBuilderTests {
    private static let id = String(repeating: "ab", count: 32)

    private func build(
        _ root: RootSource = .directory("/r"), mapped: Bool = true, rootless: Bool = false,
        _ change: (inout RunOptions, inout SpecContext) -> Void = { _, _ in }
    ) throws -> Spec {
        var options = RunOptions(root: root)
        options.command = ["sh"]
        var context = SpecContext(id: Self.id, bundle: "/b", root: root == .host ? .layers(["/"]) : .directory("/r"))
        context.rootless = rootless
        if mapped {
            let map = [IDMapping(containerID: 0, hostID: 524_288, size: 65536)]
            context.identity = IdentityMaps(uids: map, gids: map)
        }
        change(&options, &context)
        return try SpecBuilder(options, context, defaultCapabilities: SecurityDefaults.capabilities).spec()
    }

    private func mount(_ spec: Spec, _ destination: String) -> Mount? { spec.mounts?.last { $0.destination == destination } }

    @Test func defaults() throws {
        let spec = try build()
        #expect(spec.process?.args == ["sh"] && spec.process?.cwd == "/")
        #expect(spec.hostname == "abababababab")
        #expect(
            spec.process?.env?.contains("HOME=/root") == true && spec.process?.env?.contains("PATH=\(SpecBuilder.path)") == true)
        #expect(spec.process?.env?.contains { $0.hasPrefix("TERM=") } == false)
        #expect(Set(spec.linux?.namespaces?.map(\.type) ?? []) == Set(Namespace.Kind.allCases))
        #expect(spec.linux?.sysctl == ["net.ipv4.ping_group_range": "0 65535"])
        #expect(spec.linux?.resources?.pids?.limit == 2048)
        #expect(spec.process?.capabilities?.bounding?.count == 11)
        #expect(spec.linux?.maskedPaths?.contains("/proc/kcore") == true)
        #expect(
            spec.mounts?.map(\.destination) == [
                "/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup",
            ])
        #expect(spec.mounts?.first?.options == ["rbind", "rprivate", "idmap"])
        #expect(spec.process?.terminal == nil && spec.process?.user?.umask == 0o022)
    }

    @Test func hostImage() throws {
        let spec = try build(.host) { options, context in
            options.command = []
            context.hidden = ["/var/lib/hako"]
        }
        #expect(spec.process?.args == ["sh"])
        #expect(spec.mounts?.first?.type == "overlay")
        #expect(spec.mounts?.first?.options == ["lowerdir=/", "upperdir=/b/diff", "workdir=/b/work", "idmap"])
        for path in ["/run", "/tmp", "/var/lib/hako"] { #expect(mount(spec, path)?.type == "tmpfs") }
    }

    @Test func rootfsWithoutCommandIsRefused() {
        #expect(throws: EngineError.self) { try build { options, _ in options.command = [] } }
    }

    @Test func rootless() throws {
        let spec = try build(.host, rootless: true)
        #expect(
            spec.mounts?.first?.options?.contains("idmap") == false && spec.mounts?.first?.options?.contains("userxattr") == true)
        #expect(spec.linux?.resources == nil)
    }

    /// sysfs and proc can only be mounted by the owner of the network and process id namespaces.
    @Test func hostNamespacesInAUserNamespace() throws {
        let spec = try build { options, _ in
            options.network = .host
            options.pid = .host
            options.ipc = .host
            options.cgroup = .host
            options.uts = .host
            options.time.isHost = true
        }
        for path in ["/sys", "/proc", "/dev/mqueue", "/dev/shm", "/sys/fs/cgroup"] { #expect(mount(spec, path)?.type == "bind") }
        #expect(spec.linux?.namespaces?.map(\.type) == [.user, .mount])
        #expect(spec.linux?.sysctl == nil && spec.hostname == nil)
    }

    @Test func hostNamespacesWithoutUserNamespace() throws {
        let spec = try build(mapped: false) { options, _ in
            options.network = .host; options.pid = .host
        }
        #expect(mount(spec, "/sys")?.type == "sysfs" && mount(spec, "/proc")?.type == "proc")
        #expect(spec.mounts?.first?.options?.contains("idmap") == false)
    }

    @Test func privileged() throws {
        let spec = try build(mapped: false) { options, _ in options.privileged = true }
        #expect(spec.process?.capabilities?.effective == CapabilityFlag.all)
        #expect(spec.linux?.maskedPaths == nil && spec.linux?.readonlyPaths == nil)
        #expect(spec.linux?.resources?.devices == [.init(allow: true, access: "rwm")])
        #expect(mount(spec, "/sys")?.options?.contains("rw") == true)
    }

    @Test func plainUserGetsOnlyNamedCapabilities() throws {
        let spec = try build { options, context in
            context.user.uid = 1000
            options.capabilitiesAdded = ["CAP_NET_RAW"]
        }
        #expect(
            spec.process?.capabilities?.effective == ["CAP_NET_RAW"] && spec.process?.capabilities?.ambient == ["CAP_NET_RAW"])
        #expect(spec.process?.capabilities?.bounding?.count == 12)
    }

    @Test func mountsAreOrderedAndReplaceDefaults() throws {
        let spec = try build { options, context in
            options.mounts = [
                MountRequest(.bind, source: "/x", destination: "/a/b"), MountRequest(.tmpfs, destination: "/a"),
                MountRequest(.bind, source: "/s", destination: "/dev/shm"),
                MountRequest(.bind, source: "/h", destination: "/etc/hosts"),
            ]
            context.unmappedSources = ["/s"]
            context.files = ["/etc/hosts": "/b/hosts", "/etc/hostname": "/b/hostname"]
        }
        let order = spec.mounts?.map(\.destination) ?? []
        #expect(order.firstIndex(of: "/a")! < order.firstIndex(of: "/a/b")!)
        #expect(order.filter { $0 == "/dev/shm" }.count == 1 && order.filter { $0 == "/etc/hosts" }.count == 1)
        #expect(mount(spec, "/dev/shm")?.options == ["rbind", "rprivate", "rw"])
        #expect(mount(spec, "/a/b")?.options == ["rbind", "rprivate", "rw", "idmap"])
        #expect(mount(spec, "/etc/hosts")?.source == "/h")
    }

    @Test func limits() throws {
        let spec = try build { options, context in
            options.resources.memory = 16 << 20
            options.resources.cpuQuota = 50_000
            options.resources.cpuPeriod = 100_000
            options.resources.readBytes = [DeviceRate(path: "/dev/x", rate: 5)]
            context.blockDevices = ["/dev/x": DeviceNumber(major: 8, minor: 1)]
            context.hasSwap = true
        }
        #expect(spec.linux?.resources?.memory?.limit == 16 << 20 && spec.linux?.resources?.memory?.swap == 32 << 20)
        #expect(spec.linux?.resources?.cpu?.quota == 50_000)
        #expect(spec.linux?.resources?.blockIO?.throttleReadBpsDevice == [.init(major: 8, minor: 1, rate: 5)])
    }

    @Test func devicesUnderAnotherNameAreMountedInAUserNamespace() throws {
        let device = ResolvedDevice(
            source: "/dev/a", destination: "/dev/b", type: "c", number: DeviceNumber(major: 1, minor: 2), access: "rw")
        let mapped = try build { _, context in context.devices = [device] }
        #expect(mapped.linux?.devices == nil && mount(mapped, "/dev/b")?.source == "/dev/a")
        let plain = try build(mapped: false) { _, context in context.devices = [device] }
        #expect(plain.linux?.devices?.first?.path == "/dev/b")
        #expect(plain.linux?.resources?.devices?.last == .init(allow: true, type: "c", major: 1, minor: 2, access: "rw"))
    }

    @Test func timeOffsets() throws {
        let spec = try build { options, _ in options.time.offsets = ["monotonic": -1_500_000_000] }
        #expect(spec.linux?.timeOffsets?["monotonic"] == TimeOffset(secs: -2, nanosecs: 500_000_000))
    }

    @Test(arguments: [("/a", "/a"), ("/a:b", "/a\\:b"), ("/a,b\\", "/a\\,b\\\\")])
    func overlayPaths(path: String, escaped: String) { #expect(SpecBuilder.escaped(path) == escaped) }
}
