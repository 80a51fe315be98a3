internal import Linux
internal import OCI
internal import Runtime

/// What a container that is being made takes over from those whose namespaces it shares (`--network container:NAME`).
///
/// It joins their user namespace as well, with the same id maps: so files are mapped alike, and it has its capabilities over what
/// it shares. A namespace that the other has not of its own (the host's, one by path) is taken as the other has it.
struct NamespaceSharing {
    /// What was asked, with ids of containers for their names.
    private(set) var options = RunOptions(root: .host)
    /// The ids of the shared user namespace; nil where none is shared.
    private(set) var identity: ContainerIdentity.Plan?
    /// The host name, where that is shared.
    private(set) var hostname: String?
    /// /etc/hosts and /etc/resolv.conf of the one whose network is shared.
    private(set) var files: [String: String] = [:]

    init() {}

    init(_ engine: Engine, _ asked: RunOptions) throws(EngineError) {
        options = asked
        /// Whose user namespace is joined; an empty id for none.
        var owner: (id: String, maps: IdentityMaps?, flag: String)?
        func join(_ other: Other, _ flag: String) throws(EngineError) {
            guard let found = owner else {
                owner = (other.userNamespace ?? "", other.maps, flag)
                return
            }
            guard found.id == other.userNamespace ?? "" else {
                throw EngineError(
                    "\(flag) and \(found.flag): the two containers are in different user namespaces; share with one")
            }
        }
        if case .container(let name)? = asked.users { try join(try Other(engine, name), "--userns") }
        for kind in SharedKind.allCases {
            guard case .container(let name) = asked[kind] else { continue }
            let other = try Other(engine, name)
            options[kind] = other.mode(kind)
            guard options[kind].isContainers else { continue }
            if asked.users != .host || !Engine.isPrivileged { try join(other, kind.flag) }
            if kind == .uts { hostname = other.spec.hostname ?? other.hostname }
            if kind == .network { files = other.files }
        }
        guard let owner else { return }
        if let users = asked.users {
            guard case .container = users else {
                throw EngineError("\(owner.flag): its container's user namespace comes with it; leave --userns and --uidmap out")
            }
        }
        options.users = owner.id.isEmpty ? .host : .container(owner.id)
        identity = owner.maps.map { .maps($0, warning: nil) }
    }

    /// A container that something is shared with.
    private struct Other {
        let id: String
        let settings: ContainerSettings
        let spec: Spec

        init(_ engine: Engine, _ name: String) throws(EngineError) {
            let record = try engine.find(name)
            id = record.id
            settings = try Engine.settings(record)
            spec = try engine.spec(of: record)
        }

        func mode(_ kind: SharedKind) -> NamespaceMode {
            guard let namespace = spec.linux?.namespaces?.first(where: { $0.type.rawValue == kind.rawValue }) else {
                return .host
            }
            if let path = namespace.path, settings.shared?[kind.rawValue] == nil { return .path(path) }
            return .container(id)
        }

        /// Who made the user namespace it is in; nil for the host's.
        var userNamespace: String? {
            guard maps != nil else { return nil }
            return settings.shared?["user"] ?? id
        }

        var maps: IdentityMaps? { spec.identityMaps }

        /// As its command was told, where it has none of its own.
        var hostname: String? {
            spec.process?.env?.first { $0.hasPrefix("HOSTNAME=") }.map { String($0.dropFirst("HOSTNAME=".count)) }
        }

        var files: [String: String] {
            var files: [String: String] = [:]
            for path in ["/etc/hosts", "/etc/resolv.conf"] {
                files[path] = spec.mounts?.first { $0.destination == path }?.source
            }
            return files
        }
    }
}

/// A kind of namespace that containers share.
enum SharedKind: String, CaseIterable {
    case network, pid, ipc, uts

    /// What asks for it.
    var flag: String { "--\(rawValue)" }
}

extension NamespaceMode {
    /// Whether it was made for a container, so that the root of that one's user namespace owns it.
    var isContainers: Bool {
        switch self {
        case .own, .container: true
        case .host, .path: false
        }
    }
}

extension RunOptions {
    /// Which namespace of that kind is asked for.
    subscript(kind: SharedKind) -> NamespaceMode {
        get {
            switch kind {
            case .network: network
            case .pid: pid
            case .ipc: ipc
            case .uts: uts
            }
        }
        set {
            switch kind {
            case .network: network = newValue
            case .pid: pid = newValue
            case .ipc: ipc = newValue
            case .uts: uts = newValue
            }
        }
    }

    /// Ids of the containers whose namespaces are shared, by kind.
    var shared: [String: String] {
        var shared: [String: String] = [:]
        for kind in SharedKind.allCases {
            if case .container(let id) = self[kind] { shared[kind.rawValue] = id }
        }
        if case .container(let id)? = users { shared["user"] = id }
        return shared
    }
}

extension Engine {
    /// Those whose namespaces a container shares have to run when it starts.
    func requireShared(by settings: ContainerSettings, _ record: ContainerRecord) throws(EngineError) {
        for id in Set((settings.shared ?? [:]).values) {
            guard let other = try? find(id) else {
                throw EngineError(
                    "container \(record.name) shares namespaces with container \(id.prefix(12)), which is gone; make it anew")
            }
            guard try status(id).isLive else {
                throw EngineError(
                    "container \(record.name) shares namespaces with container \(other.name), which is not running; "
                        + "hako start \(other.name) starts it")
            }
        }
    }

    /// Whether another container, or a pod, needs a container that does not run.
    package func isNeeded(_ record: ContainerRecord) throws(EngineError) -> Bool {
        if try Pod(record) != nil { return true }
        return try !dependents(of: record).isEmpty
    }

    /// The containers that share a namespace with one.
    package func dependents(of record: ContainerRecord) throws(EngineError) -> [ContainerRecord] {
        var found: [ContainerRecord] = []
        for other in try store.mentioning(record.id) {
            if try Engine.settings(other).shared?.values.contains(record.id) == true { found.append(other) }
        }
        return found
    }
}
