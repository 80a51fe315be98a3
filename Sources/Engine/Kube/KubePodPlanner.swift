internal import JSON
internal import Networks
internal import Runtime

/// Makes a pod's plan.
struct KubePodPlanner {
    let pod: KubePod
    /// The content of ConfigMaps, by name and key.
    let maps: [String: [String: [UInt8]]]
    /// The keys of Secrets, by name.
    let secrets: [String: Set<String>]

    init(_ pod: KubePod, maps: [String: [String: [UInt8]]], secrets: [String: Set<String>]) {
        self.pod = pod
        self.maps = maps
        self.secrets = secrets
    }

    var spec: KubePodSpec { pod.spec }
    var name: String { pod.metadata.name }

    func failure(_ field: String, _ why: String) -> EngineError { EngineError("pod \(name): \(field) \(why)") }

    func plan() throws(EngineError) -> KubePlan.Pod {
        var request = PodRequest()
        request.name = try ContainerName.check(name)
        request.labels = pod.metadata.labels ?? [:]
        request.hostname = try spec.hostname.map { text throws(EngineError) in
            try ContainerName.checkHost(text, flag: "spec.hostname")
        }
        if spec.hostNetwork == true { request.network = .host } else { request.networking.ports = try hostPorts() }
        if spec.shareProcessNamespace == true { request.share.append("pid") }
        var plan = KubePlan.Pod(request: request)
        for volume in spec.volumes ?? [] { try add(volume, to: &plan) }
        let names = ((spec.initContainers ?? []) + spec.containers).map(\.name)
        guard Set(names).count == names.count else { throw failure("spec.containers", "has a name twice") }
        for (isInit, containers, field) in [
            (true, spec.initContainers ?? [], "initContainers"), (false, spec.containers, "containers"),
        ] {
            for (number, container) in containers.enumerated() {
                let place = "spec.\(field)[\(number)]"
                var part = KubePlan.Container(try options(container, place, isInit: isInit))
                part.warnings = try addProbes(of: container, place, isInit: isInit, to: &part.options)
                part.isInit = isInit
                part.pull = ["Always": .always, "IfNotPresent": .missing, "Never": .never][container.imagePullPolicy ?? ""]
                if spec.hostPID == true { part.given.insert("pid") }
                if spec.hostIPC == true { part.given.insert("ipc") }
                plan.containers.append(part)
            }
        }
        return plan
    }

    /// What the containers have published: by the pod, whose network they share.
    private func hostPorts() throws(EngineError) -> [PortRequest] {
        var requests: [PortRequest] = []
        for (place, container) in spec.containers.enumerated() {
            for (number, port) in (container.ports ?? []).enumerated() {
                guard let host = port.hostPort else { continue }
                let field = "spec.containers[\(place)].ports[\(number)]"
                guard host > 0, port.containerPort > 0 else { throw failure(field, "has a port 0") }
                var request = PortRequest(container: port.containerPort...port.containerPort)
                request.host = host...host
                request.address = try port.hostIP.map { text throws(EngineError) in
                    try NetworkFlag.address(text, nil, flag: "\(field).hostIP")
                }
                guard let transport = PublishedPort.TransportProtocol(rawValue: (port.transport ?? "TCP").lowercased()) else {
                    throw failure("\(field).protocol", "is TCP, UDP or SCTP")
                }
                request.transport = transport
                requests.append(request)
            }
        }
        return requests
    }

    // MARK: Containers

    private func options(_ container: KubeContainer, _ field: String, isInit: Bool) throws(EngineError) -> RunOptions {
        var options = RunOptions(
            root: try RootSource.parse(container.image, isRootfs: false, directory: "/") { _ in nil })
        options.name = try ContainerName.check("\(name)-\(container.name)")
        try addEnvironment(of: container, field, to: &options)
        var known: [String: String] = [:]
        for entry in options.environment {
            let key = EnvironmentFlag.name(entry)
            known[String(key)] = String(entry.dropFirst(key.count + 1))
        }
        options.entrypoint = container.command.map { $0.map { KubeExpansion.expand($0, known) } }
        options.command = (container.args ?? []).map { KubeExpansion.expand($0, known) }
        options.workingDirectory = container.workingDir.flatMap { $0.isEmpty ? nil : $0 }
        options.interactive = container.stdin ?? false
        options.terminal = container.tty ?? false
        options.annotations = pod.metadata.annotations ?? [:]
        if spec.hostPID == true { options.pid = .host }
        if spec.hostIPC == true { options.ipc = .host }
        options.stopTimeout = spec.terminationGracePeriodSeconds
        if !isInit { options.restart = restart }
        try addLimits(container.resources, to: &options)
        try addSecurity((container.securityContext ?? KubeSecurity()).over(spec.securityContext), field, to: &options)
        for (number, mount) in (container.volumeMounts ?? []).enumerated() {
            let place = "\(field).volumeMounts[\(number)]"
            try add(mount, subPath: try subPath(of: mount, known, place), place, to: &options)
        }
        return options
    }

    private var restart: RestartPolicy? {
        switch spec.restartPolicy {
        case "Never": nil
        case "OnFailure": RestartPolicy(.onFailure)
        default: RestartPolicy(.always)
        }
    }

    private func addLimits(_ resources: KubeResources?, to options: inout RunOptions) throws(EngineError) {
        options.resources.memory = resources?.limits?.memory
        options.resources.memoryReservation = resources?.requests?.memory
        if let cpu = resources?.limits?.cpu {
            // In microseconds of each 100 ms; the kernel's least is 1 ms.
            options.resources.cpuQuota = max(cpu * 100, 1000)
            options.resources.cpuPeriod = 100_000
        }
        if let cpu = resources?.requests?.cpu { options.resources.cpuShares = min(max(cpu * 1024 / 1000, 2), 262_144) }
    }

    private func addSecurity(_ security: KubeSecurity, _ field: String, to options: inout RunOptions) throws(EngineError) {
        if let user = security.runAsUser {
            options.user = UserRequest(user: .id(user), group: security.runAsGroup.map { .id($0) })
        } else if security.runAsGroup != nil {
            throw failure("\(field).securityContext.runAsGroup", "needs runAsUser")
        }
        options.groups = (security.supplementalGroups ?? []).map { .id($0) }
        options.privileged = security.privileged ?? false
        options.readOnly = security.readOnlyRootFilesystem ?? false
        options.security.noNewPrivileges = security.allowPrivilegeEscalation == false
        for text in security.capabilities?.add ?? [] {
            options.capabilitiesAdded += try CapabilityFlag.parse(text, flag: "\(field).securityContext.capabilities.add")
        }
        for text in security.capabilities?.drop ?? [] {
            options.capabilitiesDropped += try CapabilityFlag.parse(text, flag: "\(field).securityContext.capabilities.drop")
        }
    }

    // MARK: Variables

    private func addEnvironment(
        of container: KubeContainer, _ field: String, to options: inout RunOptions
    ) throws(EngineError) {
        var values: [(name: String, value: String?, secret: String?)] = []
        func set(_ name: String, _ value: String?, secret: String? = nil) {
            values.removeAll { $0.name == name }
            values.append((name, value, secret))
        }
        for (number, source) in (container.envFrom ?? []).enumerated() {
            let place = "\(field).envFrom[\(number)]"
            let prefix = source.prefix ?? ""
            if let reference = source.configMapRef {
                for (key, value) in try map(reference.name, reference.optional, place) ?? [:] {
                    set(prefix + key, try text(value, "\(place): the key \(key)"))
                }
            }
            if let reference = source.secretRef {
                for key in try keys(reference.name, reference.optional, place) ?? [] {
                    set(prefix + key, nil, secret: try KubePlan.secretName(reference.name, key))
                }
            }
        }
        values.sort { $0.name < $1.name }
        for (number, variable) in (container.env ?? []).enumerated() {
            let place = "\(field).env[\(number)]"
            if let reference = variable.valueFrom?.configMapKeyRef {
                guard let map = try map(reference.name, reference.optional, place) else { continue }
                guard let value = map[reference.key] else {
                    if reference.optional == true { continue }
                    throw failure(place, "names the key \(reference.key), which the ConfigMap \(reference.name) has not")
                }
                set(variable.name, try text(value, place))
            } else if let reference = variable.valueFrom?.secretKeyRef {
                guard let keys = try keys(reference.name, reference.optional, place) else { continue }
                guard keys.contains(reference.key) else {
                    if reference.optional == true { continue }
                    throw failure(place, "names the key \(reference.key), which the Secret \(reference.name) has not")
                }
                set(variable.name, nil, secret: try KubePlan.secretName(reference.name, reference.key))
            } else if let source = variable.valueFrom {
                set(variable.name, try described(source, container, place))
            } else {
                let known = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }).compactMapValues { $0 }
                set(variable.name, KubeExpansion.expand(variable.value ?? "", known))
            }
        }
        for (name, value, secret) in values {
            if let value { options.environment.append("\(name)=\(value)") }
            if let secret { options.secrets.append(SecretFlag(secret, variable: name)) }
        }
    }

    /// What the pod, or the container's limits, say.
    private func described(
        _ source: KubeVariable.Source, _ container: KubeContainer, _ place: String
    ) throws(EngineError) -> String {
        do throws(JSONError) {
            if let reference = source.fieldRef {
                return try reference.value(of: pod.metadata, node: HostFacts.hostname)
            }
            guard let reference = source.resourceFieldRef else { return "" }
            var described = container
            if let other = reference.containerName, other != container.name {
                guard let found = ((spec.initContainers ?? []) + spec.containers).first(where: { $0.name == other }) else {
                    throw JSONError("is \(other), which the pod has not", at: "containerName")
                }
                described = found
            }
            return try reference.value(of: described.resources)
        } catch {
            throw failure("\(place).valueFrom:", "\(error)")
        }
    }

    private func text(_ bytes: [UInt8], _ place: String) throws(EngineError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw failure(place, "holds what is no text")
        }
        return text
    }

    private func map(_ name: String, _ optional: Bool?, _ place: String) throws(EngineError) -> [String: [UInt8]]? {
        if let found = maps[name] { return found }
        if optional == true { return nil }
        throw failure(place, "names the ConfigMap \(name), which is not in the file")
    }

    private func keys(_ name: String, _ optional: Bool?, _ place: String) throws(EngineError) -> [String]? {
        if let found = secrets[name] { return found.sorted() }
        if optional == true { return nil }
        throw failure(place, "names the Secret \(name), which is neither in the file nor here (hako secret ls)")
    }

    // MARK: Volumes

    private func place(_ name: String) -> String { "spec.volumes (\(name))" }

    private func add(_ volume: KubeVolume, to plan: inout KubePlan.Pod) throws(EngineError) {
        switch volume.source {
        case .hostPath(let path):
            plan.hostPaths.append(.init(path: path.path, type: path.type, field: "pod \(name): \(place(volume.name)).hostPath"))
        case .empty(let empty):
            if empty.medium != "Memory" { plan.volumes.append(.init(name: try KubePlan.volumeName(name, volume.name))) }
        case .configMap(let files):
            let content = try map(files.name, files.optional, "\(place(volume.name)).configMap") ?? [:]
            var named: [String: [UInt8]] = [:]
            for (key, path) in try items(files, Set(content.keys), volume.name) { named[path] = content[key] }
            plan.volumes.append(
                .init(name: try KubePlan.volumeName(name, volume.name), files: named, mode: files.defaultMode ?? 0o644))
        case .secret, .claim: break
        }
    }

    /// Which keys become which files.
    private func items(
        _ files: KubeVolume.Files, _ keys: Set<String>, _ volume: String
    ) throws(EngineError) -> [(key: String, path: String)] {
        guard let items = files.items else { return keys.sorted().map { ($0, $0) } }
        var named: [(String, String)] = []
        for item in items {
            guard keys.contains(item.key) || files.optional == true else {
                throw failure("\(place(volume)).items", "names the key \(item.key), which \(files.name) has not")
            }
            if keys.contains(item.key) { named.append((item.key, item.path)) }
        }
        return named
    }

    /// A path below the volume's top, nil for all of it. Where it leads is looked up when it is mounted.
    private func subPath(
        of mount: KubeMount, _ known: [String: String], _ field: String
    ) throws(EngineError) -> String? {
        let text = mount.subPath ?? mount.subPathExpr.map { KubeExpansion.expand($0, known) } ?? ""
        guard !text.isEmpty else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.hasPrefix("/"), !parts.contains(".."), !text.utf8.contains(0), !text.contains("$(") else {
            throw failure("\(field).subPath", "is \"\(text)\"; it is a path below the volume's top, without \"..\"")
        }
        let names = parts.filter { !$0.isEmpty && $0 != "." }
        return names.isEmpty ? nil : names.joined(separator: "/")
    }

    private func add(
        _ mount: KubeMount, subPath: String?, _ field: String, to options: inout RunOptions
    ) throws(EngineError) {
        guard let volume = (spec.volumes ?? []).first(where: { $0.name == mount.name }) else {
            throw failure(field, "names \(mount.name), which spec.volumes has not")
        }
        let destination = try MountRequest.destination(mount.mountPath, flag: "\(field).mountPath", value: mount.mountPath)
        func add(_ kind: MountRequest.Kind, _ source: String, readOnly: Bool) {
            var request = MountRequest(kind, source: source, destination: destination)
            (request.readOnly, request.copiesContent, request.subPath) = (readOnly, false, subPath)
            options.mounts.append(request)
        }
        let readOnly = mount.readOnly ?? false
        switch volume.source {
        case .hostPath(let path) where subPath == nil && (path.type == .characterDevice || path.type == .blockDevice):
            options.devices.append(DeviceRequest(source: path.path, destination: destination, access: readOnly ? "rm" : "rwm"))
        case .hostPath(let path): add(.bind, path.path, readOnly: readOnly)
        case .empty(let empty) where empty.medium == "Memory":
            guard subPath == nil else { throw failure("\(field).subPath", "is not supported for a volume in memory") }
            try addMemory(empty, mount, destination, to: &options)
        case .empty: add(.volume, try KubePlan.volumeName(name, volume.name), readOnly: readOnly)
        case .configMap: add(.volume, try KubePlan.volumeName(name, volume.name), readOnly: true)
        case .claim(let claim):
            add(.volume, try VolumeRecord.check(claim.claimName), readOnly: readOnly || claim.readOnly == true)
        case .secret(let files):
            let keys = Set(try keys(files.name, files.optional, "\(place(volume.name)).secret") ?? [])
            if subPath == nil { options.mounts.append(MountRequest(memoryAt: destination, mode: "755")) }
            let items = try items(files, keys, volume.name).filter { subPath == nil || $0.path == subPath }
            if let subPath, items.isEmpty { throw failure("\(field).subPath", "is \(subPath), which the Secret has not") }
            for (key, path) in items {
                var flag = SecretFlag(
                    try KubePlan.secretName(files.name, key), file: subPath == nil ? "\(destination)/\(path)" : destination)
                flag.mode = files.defaultMode ?? 0o644
                options.secrets.append(flag)
            }
        }
    }

    private func addMemory(
        _ empty: KubeVolume.Empty, _ mount: KubeMount, _ destination: String, to options: inout RunOptions
    ) throws(EngineError) {
        let users = ((spec.initContainers ?? []) + spec.containers).filter { container in
            (container.volumeMounts ?? []).contains { $0.name == mount.name }
        }
        guard users.count == 1 else {
            throw failure(
                "\(place(mount.name)).emptyDir.medium",
                "is Memory, which is not supported for a volume of several containers: a tmpfs is each one's own")
        }
        var request = MountRequest(memoryAt: destination, mode: "777")
        request.readOnly = mount.readOnly ?? false
        if let size = try? empty.size { request.options.append("size=\(size)") }
        options.mounts.append(request)
    }
}

extension MountRequest {
    fileprivate init(memoryAt destination: String, mode: String) {
        self.init(.tmpfs, destination: destination)
        options = TmpfsFlag.defaults + ["mode=\(mode)"]
    }
}
