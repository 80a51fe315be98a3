internal import Linux
internal import Networks
internal import OCI
internal import Runtime

/// What a specification needs to know of the host, looked up for one container.
struct HostFacts {
    let options: RunOptions

    /// Checks that the sources of bind mounts are there.
    ///
    /// - Returns: those of them that cannot be id-mapped.
    func bindSources() throws(EngineError) -> Set<String> {
        var unmapped: Set<String> = []
        let devices = try? File.status("/dev").device
        for mount in options.mounts where mount.kind == .bind {
            guard let source = mount.source else { continue }
            let status = try attempt("mount \(source) at \(mount.destination)", hint: "make it first") { () throws(SystemError) in
                try File.status(source)
            }
            // devtmpfs gives itself out as tmpfs, but for being what /dev is on.
            if status.device == devices || status.kind == .character || status.kind == .block {
                unmapped.insert(source)
            } else if let type = try? File.fileSystem(source), type.isKernels {
                unmapped.insert(source)
            }
        }
        return unmapped
    }

    /// Looks up `--device`; for a privileged container with the host's ids, all devices of the host.
    func devices(hasUserNamespace: Bool) throws(EngineError) -> [ResolvedDevice] {
        var found: [ResolvedDevice] = []
        for request in options.devices {
            let status = try attempt("use the device \(request.source)") { () throws(SystemError) in
                try File.status(request.source)
            }
            if status.isDirectory {
                found += Self.nodes(below: request.source, as: request.destination, access: request.access)
            } else if let device = Self.device(status, request.source, request.destination, request.access) {
                found.append(device)
            } else {
                throw EngineError("--device \(request.source): not a device")
            }
        }
        if options.privileged, !hasUserNamespace { found += Self.nodes(below: "/dev", as: "/dev", access: "rwm") }
        var seen: Set<String> = []
        return found.filter { seen.insert($0.destination).inserted }
    }

    private static func device(
        _ status: FileStatus, _ source: String, _ destination: String, _ access: String
    ) -> ResolvedDevice? {
        guard status.kind == .character || status.kind == .block else { return nil }
        var device = ResolvedDevice(
            source: source, destination: destination, type: status.kind == .block ? "b" : "c",
            number: DeviceNumber(major: Int64(status.specialMajor), minor: Int64(status.specialMinor)), access: access)
        device.mode = status.permissions
        device.uid = status.uid
        device.gid = status.gid
        return device
    }

    /// Names the container has of its own.
    private static let own: Set<String> = [
        "pts", "shm", "mqueue", "hugepages", "console", "ptmx", "fd", "stdin", "stdout", "stderr", "null", "zero", "full",
        "random",
        "urandom", "tty",
    ]

    /// All device nodes below a directory, a bounded number; what goes away meanwhile is left out.
    private static func nodes(below source: String, as destination: String, access: String) -> [ResolvedDevice] {
        var found: [ResolvedDevice] = []
        var pending = [(source, destination)]
        while let (from, to) = pending.popLast(), found.count < 4096 {
            guard let directory = try? File.open(from, [.read, .directory, .noFollow]) else { continue }
            for name in ((try? directory.list()) ?? []).sorted() where from != "/dev" || !own.contains(name) {
                guard let status = try? directory.status(of: name) else { continue }
                if status.isDirectory { pending.append(("\(from)/\(name)", "\(to)/\(name)")) }
                if let device = device(status, "\(from)/\(name)", "\(to)/\(name)", access) { found.append(device) }
            }
        }
        return found
    }

    /// The numbers of the block devices that rates and weights name.
    func blockDevices() throws(EngineError) -> [String: DeviceNumber] {
        let asked = options.resources
        var numbers: [String: DeviceNumber] = [:]
        for rates in [asked.blockWeights, asked.readBytes, asked.writeBytes, asked.readOperations, asked.writeOperations] {
            for rate in rates {
                let status = try attempt("limit the device \(rate.path)") { () throws(SystemError) in try File.status(rate.path) }
                guard status.kind == .block else {
                    throw EngineError("\(rate.path) is not a block device: its rate cannot be limited")
                }
                numbers[rate.path] = DeviceNumber(major: Int64(status.specialMajor), minor: Int64(status.specialMinor))
            }
        }
        return numbers
    }

    /// Checks namespaces that are to be joined.
    func namespaces() throws(EngineError) {
        for (flag, mode) in [
            ("--network", options.network), ("--pid", options.pid), ("--ipc", options.ipc), ("--uts", options.uts),
            ("--cgroupns", options.cgroup),
        ] {
            guard case .path(let path) = mode else { continue }
            let type = try attempt("join the namespace \(path) (\(flag))", hint: "see lsns, or ip netns") {
                () throws(SystemError) in
                try File.fileSystem(path)
            }
            guard type == .nsfs else {
                throw EngineError("\(flag) ns:\(path): this is not a namespace; give a file such as /proc/PID/ns/net")
            }
        }
    }

    /// The parameters that `--sysctl` sets have to be the container's alone.
    func sysctls() throws(EngineError) {
        var own: NamespaceFlags = []
        for (mode, flag) in [(options.network, NamespaceFlags.network), (options.ipc, .ipc), (options.uts, .uts)]
        where mode != .host {
            own.insert(flag)
        }
        for key in options.sysctls.keys.sorted() {
            do throws(RuntimeError) { _ = try Sysctl.path(of: key, in: own) } catch { throw EngineError("--\(error.message)") }
        }
    }

    /// Whether there is any swap to limit. proc(5), /proc/swaps: a heading and a line for each.
    static var hasSwap: Bool { ((try? File.readText("/proc/swaps", limit: 1 << 16)) ?? "").contains("\n") }
    static var hasSELinux: Bool { File.exists("/sys/fs/selinux/enforce") }
    /// /etc/resolv.conf; where that only has systemd-resolved's own address, the servers that it asks in turn. Nil without one.
    static var resolver: ResolverFile? {
        guard let text = try? File.readText("/etc/resolv.conf", limit: 1 << 20) else { return nil }
        let file = ResolverFile(parsing: text)
        guard file.servers.contains(IPAddress("127.0.0.53")!), file.withoutLoopback.servers.isEmpty,
            let real = try? File.readText("/run/systemd/resolve/resolv.conf", limit: 1 << 20)
        else { return file }
        return ResolverFile(parsing: real)
    }

    static var hostname: String { (try? File.readText("/proc/sys/kernel/hostname", limit: 4096)) ?? "localhost" }
}
