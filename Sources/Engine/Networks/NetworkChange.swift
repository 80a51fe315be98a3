internal import Linux
package import Networks
internal import OCI
internal import Runtime

/// Changes how a container is connected while it is there: at once if it runs, and for its next start.
package struct NetworkChange {
    private let engine: Engine
    private let record: ContainerRecord

    package init(_ engine: Engine, _ record: ContainerRecord) {
        self.engine = engine
        self.record = record
    }

    // MARK: Networks

    package func connect(_ network: NetworkRecord, _ asked: NetworkRequest) throws(EngineError) {
        let lock = try lock()
        defer { withExtendedLifetime(lock.raw) {} }
        var plan = try plan()
        guard plan.user == nil else {
            throw EngineError("container \(record.name) is a plain user's: it has its network by \(plan.user!.program) alone")
        }
        guard !plan.attachments.contains(where: { $0.network.id == network.id }) else {
            throw EngineError("container \(record.name) is connected to network \(network.name) already")
        }
        var attachment = NetworkAttachment()
        attachment.network = network
        attachment.hardware = asked.hardware
        var names = Set(plan.attachments.map(\.interface))
        if let name = asked.interface, names.contains(name) {
            throw EngineError("container \(record.name) has a device \(name) already")
        }
        attachment.interface = asked.interface ?? ContainerNetworks.freeInterface(&names)
        attachment.names = ContainerNetworks.names(record, asked.aliases)
        attachment.addresses = try engine.lease(network, asked: asked.addresses, to: record.id)
        do throws(EngineError) {
            plan.attachments.append(attachment)
            if let (process, monitor) = try running() {
                try connecting { () throws(NetworkError) in
                    try NetworkConnection(context(monitor)).join(attachment, of: plan, process: process)
                }
            }
            try plan.write(record.id, in: engine.locations)
        } catch {
            try? engine.store.release(network, of: record.id)
            throw error
        }
        if try running() != nil { try engine.tellNetworksChanged(record) }
        try NetworkFiles(engine, record).connected(attachment, plan)
        engine.report("connect", record, ["network": network.name])
    }

    package func disconnect(_ network: NetworkRecord) throws(EngineError) {
        let lock = try lock()
        defer { withExtendedLifetime(lock.raw) {} }
        var plan = try plan()
        guard let index = plan.attachments.firstIndex(where: { $0.network.id == network.id }) else {
            throw EngineError("container \(record.name) is not connected to network \(network.name)")
        }
        if index == plan.portsAttachment, !plan.ports.isEmpty {
            guard plan.attachments.filter({ $0.network.driver == .bridge }).count == 1 else {
                throw EngineError(
                    "container \(record.name) has its ports published by network \(network.name); remove those first")
            }
            plan.ports = []
        }
        let attachment = plan.attachments.remove(at: index)
        try plan.write(record.id, in: engine.locations)
        if let (process, monitor) = try running() {
            // Nothing is led any more to an address that another may get.
            try engine.tellNetworksChanged(record)
            try connecting { () throws(NetworkError) in
                try NetworkConnection(context(monitor)).leave(attachment, of: plan, process: process)
            }
        }
        try engine.store.release(network, of: record.id)
        try NetworkFiles(engine, record).disconnected(attachment, plan)
        engine.report("disconnect", record, ["network": network.name])
    }

    // MARK: Ports

    package func publish(_ added: [PortRequest], remove: [PortRequest]) throws(EngineError) {
        let lock = try lock()
        defer { withExtendedLifetime(lock.raw) {} }
        var plan = try plan()
        guard let index = plan.portsAttachment else {
            throw EngineError("container \(record.name) is on no bridge network: it has no ports to publish")
        }
        let before = plan
        for request in remove {
            let single = plan.ports.flatMap(\.single)
            let kept = single.filter { !request.covers($0) }
            guard kept.count < single.count else {
                throw EngineError(
                    "container \(record.name) does not publish \(request.container.lowerBound)/\(request.transport.rawValue)")
            }
            plan.ports = kept
        }
        for request in added { plan.ports += try request.published(plan.families) }
        try PublishedPort.check(plan.ports)
        let attachment = plan.attachments[index]
        try plan.write(record.id, in: engine.locations)
        guard let (_, monitor) = try running() else { return }
        do throws(EngineError) {
            // The monitor takes the ports, and lets go of others, before the kernel sends anything there.
            try engine.tellNetworksChanged(record)
            try connecting { () throws(NetworkError) in
                try NetworkConnection(context(monitor)).publish(
                    attachment, plan.ports.flatMap(\.single), instead: before.ports.flatMap(\.single))
            }
        } catch {
            try? before.write(record.id, in: engine.locations)
            try? engine.tellNetworksChanged(record)
            throw error
        }
    }

    // MARK: Names

    /// Follows a new name of the container.
    func renamed(from old: String) throws(EngineError) {
        guard var plan = NetworkPlan.read(record.id, in: engine.locations) else { return }
        let lock = try lock()
        defer { withExtendedLifetime(lock.raw) {} }
        for index in plan.attachments.indices {
            plan.attachments[index].names = plan.attachments[index].names.map { $0 == old ? record.name : $0 }
        }
        try plan.write(record.id, in: engine.locations)
        for attachment in plan.attachments {
            let directory = engine.directory(attachment.network)
            guard var member = directory.member(record.id) else { continue }
            member.names = attachment.names
            let changed = member
            try attempt("rename the container in network \(attachment.network.name)") { () throws(SystemError) in
                try directory.write(changed)
            }
        }
    }

    // MARK: What both need

    private func plan() throws(EngineError) -> NetworkPlan {
        if let plan = NetworkPlan.read(record.id, in: engine.locations) { return plan }
        let spec = try engine.spec(of: record)
        guard let namespace = spec.linux?.namespaces?.first(where: { $0.type == .network }), namespace.path == nil else {
            throw EngineError("container \(record.name) has no network of its own: connect the one whose network it has")
        }
        return NetworkPlan()
    }

    /// Two who change one container's networks do so in turn.
    private func lock() throws(EngineError) -> Descriptor {
        let bundle = engine.locations.bundle(record.id)
        return try attempt("lock \(bundle)") { () throws(SystemError) in
            let directory = try File.open(bundle, [.read, .directory])
            try directory.lock(.exclusive)
            return directory
        }
    }

    /// Its first process, and its monitor; nil while it does not run.
    private func running() throws(EngineError) -> (process: Int32, monitor: Int32)? {
        guard let process = try engine.status(record.id).pid else { return nil }
        guard let monitor = MonitorProcesses.all()[record.id] else {
            throw EngineError("container \(record.name) has lost its monitor; end it (hako kill \(record.name))")
        }
        return (process, monitor)
    }

    private func context(_ monitor: Int32) throws(NetworkError) -> NetworkConnection.Context {
        let program: String
        do throws(EngineError) { program = try MonitorLaunch.runtimeProgram() } catch { throw NetworkError(error.message) }
        return NetworkConnection.Context(
            id: record.id, monitor: monitor, state: engine.locations.state, program: program)
    }
}

extension PortRequest {
    /// Whether a port is one of these: of the container, and of the host where that is said.
    func covers(_ port: PublishedPort) -> Bool {
        port.transport == transport && container.contains(port.container) && (host?.contains(port.host) ?? true)
            && (address == nil || address == port.address)
    }
}

extension Engine {
    /// Gives a container that is there addresses of a network.
    func lease(_ network: NetworkRecord, asked: [IPAddress], to id: String) throws(EngineError) -> [IPAddress] {
        try store.database.transaction({ EngineError.database("give the container addresses", $0) }) {
            () throws(EngineError) -> [IPAddress] in
            try store.lease(ContainerStore.AddressClaim(network, asked: asked), to: id) {
                (try? ContainerStatus.of($0, in: locations).isLive) == false
            }
        }
    }

    /// Before a container starts again: an address that went to another meanwhile is replaced.
    func renewAddresses(_ record: ContainerRecord) throws(EngineError) {
        guard var plan = NetworkPlan.read(record.id, in: locations) else { return }
        for (index, attachment) in plan.attachments.enumerated() where try !store.holds(attachment, record.id) {
            let before = attachment
            plan.attachments[index].addresses = try lease(attachment.network, asked: [], to: record.id)
            try plan.write(record.id, in: locations)
            try NetworkFiles(self, record).disconnected(before, plan)
            try NetworkFiles(self, record).connected(plan.attachments[index], plan)
        }
    }

    /// Has a container's monitor look at its networks, and at the ports that it keeps.
    func tellNetworksChanged(_ record: ContainerRecord) throws(EngineError) {
        var attachment = try Attachment.connect(locations, record.id)
        try attempt("reach the container's monitor") { () throws(SystemError) in
            try attachment.socket.write(MonitorMessage.networksChanged.frame)
        }
        while let message = attachment.next() {
            guard case .networksFollowed(let complaint) = message else { continue }
            if complaint.isEmpty { return }
            throw EngineError(complaint)
        }
        throw EngineError("container \(record.name) ended meanwhile")
    }
}
