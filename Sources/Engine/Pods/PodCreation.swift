internal import Linux
internal import OCI

/// What `pod create` asks for.
package struct PodRequest: Sendable {
    package var name: String?
    package var labels: [String: String] = [:]
    package var share = PodDocument.usualShare
    package var hostname: String?
    package var infraName: String?
    package var network = NamespaceMode.own
    package var networking = NetworkingRequest()
    package var users: UserNamespaceMode?

    package init() {}
}

/// Makes a pod: its infra container.
package struct PodCreation {
    private let engine: Engine
    private let request: PodRequest

    package init(_ engine: Engine, _ request: PodRequest) {
        self.engine = engine
        self.request = request
    }

    package func run() throws(EngineError) -> Pod {
        var source = SystemRandomNumberGenerator()
        let name = request.name ?? ContainerName.random(using: &source)
        if try engine.podIfThere(name)?.name == name {
            throw EngineError("the name \(name) is taken by a pod; remove that one (hako pod rm \(name)), or give --replace")
        }
        var options = RunOptions(root: .overlaid(try infraRoot()))
        // Whose name nobody else can have: two pods of one name that are made at once are one too many for the database.
        options.name = request.infraName ?? "\(name)-infra"
        options.pod = PodDocument(name: name, labels: request.labels, share: request.share)
        options.labels = request.labels
        options.hostname = request.hostname ?? String(name.prefix(63))
        options.network = request.network
        options.networking = request.networking
        options.users = request.users
        options.command = ["/\(Self.program)", "hold"]
        options.capabilitiesDropped = ["ALL"]
        options.readOnly = true
        options.mounts = [try runtimeMount()]
        let made = try ContainerCreation(engine, options, terminalSize: nil, starts: false).run()
        guard let pod = try Pod(made.record) else { throw EngineError("the pod \(name) was made without what makes it one") }
        engine.report("create", pod)
        return pod
    }

    /// What the infra's only program is called inside.
    private static let program = "pause"

    /// The runtime itself: static, and so all that the infra container needs.
    private func runtimeMount() throws(EngineError) -> MountRequest {
        let path = try MonitorLaunch.runtimeProgram()
        let real = try attempt("find \(path)") { () throws(SystemError) in try File.realPath(path) }
        var mount = MountRequest(.bind, source: real, destination: "/\(Self.program)")
        (mount.readOnly, mount.recursive, mount.mapsIDs) = (true, false, false)
        return mount
    }

    /// A root file system with nothing but the place of that program; one for all pods.
    private func infraRoot() throws(EngineError) -> String {
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        let roots = Self.roots(engine.locations)
        _ = try roots.make("rootfs") { (directory) throws(SystemError) in
            _ = try directory.open(Self.program, [.write, .create, .exclusive], mode: 0o555)
        }
        return roots.place("rootfs")
    }

    static func roots(_ locations: Locations) -> NamedDirectories {
        NamedDirectories(root: "\(locations.root)/infra", kind: "root file system of pods")
    }
}

extension RunOptions {
    /// Makes it a member of a pod.
    ///
    /// - Parameter given: kinds of namespaces that were asked for otherwise.
    package mutating func join(_ pod: Pod, except given: Set<String>) {
        podID = pod.id
        requires.append(pod.id)
        for kind in SharedKind.allCases
        where pod.document.share.contains(kind.rawValue) && !given.contains(kind.rawValue) {
            self[kind] = .container(pod.id)
        }
    }
}
