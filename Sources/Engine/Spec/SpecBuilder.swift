package import OCI
internal import Runtime

/// Makes a container's OCI configuration from what was asked and what the host is like. Pure.
package struct SpecBuilder {
    let options: RunOptions
    /// Filled in as files are written that depend on the configuration.
    package var context: SpecContext
    /// What a container may do unless told otherwise.
    let defaultCapabilities: [String]

    package init(_ options: RunOptions, _ context: SpecContext, defaultCapabilities: [String]) {
        self.options = options
        self.context = context
        self.defaultCapabilities = defaultCapabilities
    }

    package func spec() throws(EngineError) -> Spec {
        var spec = Spec()
        spec.process = try process()
        spec.root = Root(path: "rootfs", readonly: options.readOnly ? true : nil)
        if options.uts == .own {
            spec.hostname = hostname
            spec.domainname = options.domainname
        }
        spec.mounts = try mounts()
        spec.annotations = options.annotations.isEmpty ? nil : options.annotations
        spec.linux = try linux()
        return spec
    }

    var hasUserNamespace: Bool { context.identity != nil }

    package var hostname: String {
        options.uts == .own ? options.hostname ?? String(context.id.prefix(12)) : context.hostname
    }

    /// What the capabilities are, also for choosing the system calls that go with them.
    package var capabilities: [String] {
        CapabilityFlag.resolve(
            defaults: defaultCapabilities, added: options.capabilitiesAdded, dropped: options.capabilitiesDropped,
            privileged: options.privileged)
    }

    // MARK: Process

    /// The entry point's words, then the command's; the host image has a shell for those who name none.
    package static func arguments(_ options: RunOptions) throws(EngineError) -> [String] {
        let words = (options.entrypoint ?? []) + options.command
        if !words.isEmpty { return words }
        guard options.root == .host else {
            let what = options.image == nil ? "a root file system" : "the image"
            throw EngineError("no command given: \(what) names none; write one after it, such as sh")
        }
        return ["sh"]
    }

    private func process() throws(EngineError) -> Process {
        var process = Process(args: try Self.arguments(options), cwd: options.workingDirectory ?? "/")
        process.terminal = options.terminal ? true : nil
        process.consoleSize = options.terminal ? context.terminalSize : nil
        process.user = User(
            uid: context.user.uid, gid: context.user.gid, umask: options.umask ?? 0o022,
            additionalGids: context.user.additionalGroups.isEmpty ? nil : context.user.additionalGroups)
        process.env = environment
        process.capabilities = processCapabilities
        process.rlimits = options.rlimits.isEmpty ? nil : options.rlimits
        process.noNewPrivileges = options.security.noNewPrivileges
        process.oomScoreAdj = options.oomScoreAdjustment
        if let profile = options.security.apparmor, profile != "unconfined" { process.apparmorProfile = profile }
        process.selinuxLabel = selinuxLabel
        return process
    }

    package static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private var environment: [String] {
        var base = ["PATH=\(Self.path)", "HOSTNAME=\(hostname)", "container=hako", "HOME=\(context.user.home)"]
        if options.terminal { base.insert("TERM=xterm", at: 1) }
        return EnvironmentFlag.merge(base, options.environment)
    }

    /// For a user who is not root only what was named explicitly: a program gets it without being set-user-ID.
    private var processCapabilities: Capabilities {
        var sets = Capabilities()
        let all = capabilities
        sets.bounding = all
        if context.user.uid == 0 {
            sets.effective = all
            sets.permitted = all
        } else {
            let named = all.filter(options.capabilitiesAdded.contains)
            sets.effective = named
            sets.permitted = named
            sets.inheritable = named
            sets.ambient = named
        }
        return sets
    }

    private var selinuxLabel: String? {
        guard context.hasSELinux, !options.privileged, !options.security.labelDisabled else { return nil }
        let parts = options.security.label
        guard !parts.isEmpty else { return nil }
        return [
            parts["user"] ?? "system_u", parts["role"] ?? "system_r", parts["type"] ?? "container_t", parts["level"] ?? "s0",
        ].joined(separator: ":")
    }

    // MARK: Linux

    private func linux() throws(EngineError) -> LinuxSpec {
        var linux = LinuxSpec()
        linux.namespaces = namespaces
        if let identity = context.identity {
            linux.uidMappings = identity.uids
            linux.gidMappings = identity.gids
        }
        if !options.time.isHost, !options.time.offsets.isEmpty {
            linux.timeOffsets = options.time.offsets.mapValues { nanoseconds in
                let seconds = (Double(nanoseconds) / 1e9).rounded(.down)
                let whole = Int64(seconds)
                return TimeOffset(secs: whole, nanosecs: UInt32(nanoseconds - whole * 1_000_000_000))
            }
        }
        linux.devices = nodes
        linux.cgroupsPath = cgroupPath
        linux.resources = try resources()
        linux.seccomp = context.seccomp
        linux.sysctl = sysctls
        let restricted = RestrictedPaths(options: options)
        linux.maskedPaths = restricted.masked
        linux.readonlyPaths = restricted.readOnly
        return linux
    }

    private var namespaces: [Namespace] {
        var list: [Namespace] = []
        if hasUserNamespace { list.append(Namespace(.user, path: options.shared["user"].map(Self.shared))) }
        list.append(Namespace(.mount))
        for (kind, mode) in [
            (Namespace.Kind.pid, options.pid), (.network, options.network), (.ipc, options.ipc), (.uts, options.uts),
            (.cgroup, options.cgroup),
        ] {
            switch mode {
            case .own: list.append(Namespace(kind))
            case .path(let path): list.append(Namespace(kind, path: path))
            case .container(let id): list.append(Namespace(kind, path: Self.shared(id)))
            case .host: break
            }
        }
        if !options.time.isHost { list.append(Namespace(.time)) }
        return list
    }

    /// How the runtime is told of another container's namespace: `SharedNamespaces`.
    static func shared(_ id: String) -> String { SharedNamespaces.prefix + id }

    private var sysctls: [String: String]? {
        var values: [String: String] = [:]
        // Anyone inside may send echo requests, so that ping needs no capability. icmp(7).
        if options.network == .own, let highest = highestGroup { values["net.ipv4.ping_group_range"] = "0 \(highest)" }
        values.merge(options.sysctls) { $1 }
        return values.isEmpty ? nil : values
    }

    private var highestGroup: UInt32? {
        guard let identity = context.identity else { return 2_147_483_647 }
        guard IDMapping.host(0, in: identity.gids) != nil else { return nil }
        return identity.gids.map { $0.containerID + $0.size - 1 }.max()
    }

    /// Where the container's control group is: below `/hako`, and for a plain user below the group it is in.
    package var cgroupPath: String {
        if let parent = options.cgroupParent {
            return (parent.hasSuffix("/") ? String(parent.dropLast()) : parent) + "/\(context.id)"
        }
        return context.rootless ? context.id : "/hako/\(context.id)"
    }

    /// Nodes to make. In a user namespace none can be made: one under another name is mounted instead.
    private var nodes: [Device]? {
        let list = context.devices.filter { !hasUserNamespace || $0.source == $0.destination }.map { device in
            var node = Device(
                type: device.type, path: device.destination, major: device.number.major, minor: device.number.minor)
            node.fileMode = device.mode
            node.uid = device.uid
            node.gid = device.gid
            return node
        }
        return list.isEmpty ? nil : list
    }
}
