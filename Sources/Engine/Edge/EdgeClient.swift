package import EdgeProtocol
internal import JSON
internal import Linux
package import OCI

/// How registries are reached: flags of pull, push, search and login.
package struct EdgeOptions: Sendable, Equatable {
    /// False also allows plain HTTP.
    package var verifiesTLS: Bool?
    package var authFile: String?
    package var certificates: String?
    package var registries: String?

    package init() {}

    var arguments: [String] {
        var arguments: [String] = []
        if let verifiesTLS { arguments.append("--tls-verify=\(verifiesTLS)") }
        if let authFile { arguments.append("--authfile=\(authFile)") }
        if let certificates { arguments.append("--certs-dir=\(certificates)") }
        if let registries { arguments.append("--registries-conf=\(registries)") }
        return arguments
    }
}

/// The network edge as a child process: the only one that talks to registries. See `EdgeRequest`.
///
/// Requests run at the same time; what comes back of each goes to who asked for it, in a thread of its own.
package final class EdgeClient: Sendable {
    package typealias Handler = @Sendable (EdgeEvent) -> Void

    private struct State: Sendable {
        var next = 1
        var handlers: [Int: Handler] = [:]
        /// Nothing can be asked any more.
        var hasEnded = false
    }

    private let state = Shared(State())
    private let requests: Shared<SharedDescriptor?>
    private let child: Int32

    /// The longest line taken: a manifest of 4 MiB, escaped.
    private static let longestLine = 32 << 20

    /// Starts it.
    package init(_ options: EdgeOptions) throws(EngineError) {
        let program = try MonitorLaunch.program("hako-edge")
        Signals.ignorePipe()
        let (input, output) = try attempt("make a pipe") { () throws(SystemError) in (try Pipes.make(), try Pipes.make()) }
        let (near, far) = (SharedDescriptor(owning: output.read), SharedDescriptor(owning: input.read))
        let (asks, answers) = (SharedDescriptor(owning: input.write), SharedDescriptor(owning: output.write))
        child = try attempt("start \(program)") { () throws(SystemError) in
            try Spawn(
                path: program, arguments: [program] + options.arguments + ["transfer"],
                descriptors: [0: far.raw, 1: answers.raw, 2: 2]
            ).start()
        }
        requests = Shared(asks)
        let state = self.state
        _ = try attempt("start a thread") { () throws(SystemError) in
            try Worker<Bool> {
                Self.read(near, state)
                return true
            }
        }
    }

    deinit {
        close()
        _ = try? Processes.wait(for: child)
    }

    /// Ends it; whoever still waits for something hears of it.
    package func close() { requests.change { $0 = nil } }

    private static func read(_ answers: SharedDescriptor, _ state: Shared<State>) {
        var pending: [UInt8] = []
        while let bytes = try? answers.descriptor.read(upTo: 256 << 10), !bytes.isEmpty, pending.count < longestLine {
            pending += bytes
            while let end = pending.firstIndex(of: 10) {
                let line = Array(pending[..<end])
                pending.removeFirst(end + 1)
                guard let event = try? EdgeEvent(parsing: line) else { continue }
                let isLast = event.kind == .done || event.kind == .error
                let handler = state.change { isLast ? $0.handlers.removeValue(forKey: event.id) : $0.handlers[event.id] }
                handler?(event)
            }
        }
        let left = state.change { state in
            state.hasEnded = true
            defer { state.handlers = [:] }
            return state.handlers
        }
        for (id, handler) in left { handler(Self.ended(id)) }
    }

    private static func ended(_ id: Int) -> EdgeEvent {
        var event = EdgeEvent(.error, id: id)
        event.failure = .local
        event.message = "hako-edge ended before it had answered"
        return event
    }

    // MARK: Asking

    /// Failures of one registry that say nothing of what another would answer.
    private static let elsewhere: Set<EdgeEvent.Failure> = [
        .unauthorized, .denied, .notFound, .blocked, .network, .tls, .tooManyRequests,
    ]

    /// Asks for something; `handler` hears all that comes of it, `done` or `error` last.
    package func start(_ request: EdgeRequest, _ handler: @escaping Handler) {
        var request = request
        let id = state.change { state -> Int? in
            guard !state.hasEnded else { return nil }
            defer { state.next += 1 }
            state.handlers[state.next] = handler
            return state.next
        }
        guard let id else { return handler(Self.ended(0)) }
        request.id = id
        let line = request.json.text() + "\n"
        let isSent = requests.change { end in (try? end?.descriptor.write(line)) != nil && end != nil }
        guard !isSent, let handler = state.change({ $0.handlers.removeValue(forKey: id) }) else { return }
        handler(Self.ended(id))
    }

    /// Asks, and waits for the end.
    ///
    /// - Returns: what came before it.
    package func ask(_ request: EdgeRequest) throws(EngineError) -> [EdgeEvent] {
        let events = Shared<(list: [EdgeEvent], isDone: Bool)>(([], false))
        start(request) { event in
            events.change {
                $0.list.append(event)
                $0.isDone = event.kind == .done || event.kind == .error
            }
        }
        let all = events.wait { $0.isDone ? $0.list : nil }
        guard let last = all.last, last.kind == .error else { return all }
        throw EngineError(
            last.message ?? "the registry refused", isElsewhere: last.failure.map(Self.elsewhere.contains) ?? false)
    }

    /// A manifest or an index, byte for byte.
    package func manifest(_ name: ImageName, _ reference: String) throws(EngineError) -> (bytes: [UInt8], mediaType: String) {
        var request = EdgeRequest(.manifest, id: 0)
        request.repository = name.path
        request.reference = reference
        request.accept = MediaType.indexes + MediaType.manifests
        for event in try ask(request) where event.kind == .manifest {
            return (Array((event.body ?? "").utf8), event.mediaType ?? "")
        }
        throw EngineError("\(name.registry) answered without a manifest")
    }

    /// The manifests that say they refer to one: signatures, attestations, lists of parts.
    package func referrers(_ name: ImageName, _ digest: Digest, artifactType: String?) throws(EngineError) -> [ContentDescriptor]
    {
        var request = EdgeRequest(.referrers, id: 0)
        request.repository = name.path
        request.digest = digest.text
        request.artifactType = artifactType
        for event in try ask(request) where event.kind == .manifest {
            do throws(JSONError) { return try ImageIndex(parsing: Array((event.body ?? "").utf8)).manifests } catch {
                throw EngineError("\(name.registry): its list of referrers \(error)")
            }
        }
        throw EngineError("\(name.registry) answered without a list of referrers")
    }
}
