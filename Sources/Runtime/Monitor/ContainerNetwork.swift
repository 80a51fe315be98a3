internal import JSON
internal import Linux
internal import Networks

/// The networks of a monitor's container: connected at each start, as its bundle says then.
final class ContainerNetwork {
    private let bundle: String
    private let connection: NetworkConnection
    private let ports: ReservedPorts
    private var nameServers: NameServerWatch
    private let relay: RelayProcess
    /// What takes some milliseconds to close: with the next end, or with the process.
    private var lingering: [SharedDescriptor] = []
    /// As it is connected now.
    private var plan: NetworkPlan?

    init(id: String, bundle: String, root: StateRoot) {
        self.bundle = bundle
        ports = ReservedPorts(listens: !Privilege.isOverHost)
        let context = NetworkConnection.Context(
            id: id, monitor: Processes.id, state: root.path,
            program: (try? File.readLink("/proc/self/exe")) ?? "hako-runtime")
        connection = NetworkConnection(context)
        nameServers = NameServerWatch(context)
        relay = RelayProcess(context)
    }

    /// Whether there is something to connect.
    var isPlanned: Bool { File.exists(NetworkPlan.path(bundle)) }

    /// Connects the container whose first process this is.
    func connect(_ process: Int32) throws(RuntimeError) {
        guard let plan = try load(), !plan.attachments.isEmpty || plan.user != nil else { return }
        do throws(NetworkError) {
            // A plain user's program takes the ports itself.
            if plan.user == nil { try ports.keep(plan.ports, plan.families) }
            self.plan = plan
            try connection.connect(plan, process: process)
            try relay.follow(plan)
            nameServers.follow(plan)
        } catch {
            throw RuntimeError(error.message)
        }
    }

    func watch(in poll: inout Poll) {
        nameServers.watch(in: &poll)
        relay.watch(in: &poll)
    }

    func look(_ poll: Poll) {
        nameServers.look(poll)
        relay.look(poll)
    }

    /// Follows what was connected or published anew, or is no more, while the container runs.
    func changed() throws(RuntimeError) {
        guard let changed = try load(), changed.user == nil else { return }
        plan = changed
        do throws(NetworkError) {
            try ports.keep(changed.ports, changed.families)
            try relay.follow(changed)
            nameServers.follow(changed)
        } catch {
            throw RuntimeError(error.message)
        }
    }

    /// - Returns: what went wrong.
    func disconnect() -> String? {
        // What was connected later is in the bundle, what was at the start may be there no more.
        let plans = [plan, try? load()].compactMap { $0 }
        plan = nil
        nameServers.end()
        relay.end()
        do throws(NetworkError) {
            var kept: [SharedDescriptor] = []
            for plan in plans { kept += try connection.disconnect(plan) }
            lingering = kept
            return nil
        } catch {
            return error.message
        }
    }

    private func load() throws(RuntimeError) -> NetworkPlan? {
        let path = NetworkPlan.path(bundle)
        guard File.exists(path) else { return nil }
        let bytes = try explaining("read \(path)") { () throws(SystemError) in try File.read(path, limit: 16 << 20) }
        do throws(JSONError) { return try NetworkPlan(parsing: bytes) } catch {
            throw RuntimeError("\(path) is damaged (\(error)); make the container anew")
        }
    }
}
