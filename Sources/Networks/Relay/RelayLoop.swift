internal import Linux

/// A port of the host's.
final class RelayListener {
    let socket: Descriptor
    let route: DatagramRoute
    var target: InternetEndpoint { route.target }

    init(_ socket: consuming Descriptor, _ route: DatagramRoute) {
        self.socket = socket
        self.route = route
    }
}

/// What a client and the container say to each other: a socket of its own, so that the container's answers find their way back.
private final class Flow {
    struct Key: Hashable {
        let listener: Int
        let client: InternetEndpoint
        /// What the client knows the host by.
        let local: InternetEndpoint
    }

    struct Pair: Hashable {
        let client: InternetEndpoint
        let target: InternetEndpoint
    }

    let key: Key
    let serial: UInt32
    let socket: Descriptor
    /// Nil where another flow has the client's port towards the same one of the container.
    let pair: Pair?
    /// Nanoseconds of the monotonic clock.
    var lastUse = Trace.now()

    init(_ key: Key, _ serial: UInt32, _ socket: consuming Descriptor, _ pair: Pair?) {
        self.key = key
        self.serial = serial
        self.socket = socket
        self.pair = pair
    }
}

/// The relay at work: one thread, which waits for all of its sockets at once.
final class RelayLoop {
    private enum Source: UInt64 {
        case control, listener, flow

        func token(_ number: UInt32) -> UInt64 { rawValue << 32 | UInt64(number) }
    }

    private var queue: EventQueue
    private let listeners: [RelayListener]
    private let most: Int
    private var flows: [Flow.Key: Flow] = [:]
    private var serials: [UInt32: Flow] = [:]
    /// Who speaks to which of the container's ports by the client's own port.
    private var pairs: Set<Flow.Pair> = []
    private var lastSerial: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: 65536)
    private var nextLook: UInt64 = .max

    static let mostFlows = 4096
    /// Nanoseconds without a datagram after which a flow is forgotten; as long as the kernel's conntrack remembers one that is answered
    /// (nf_conntrack_udp_timeout_stream).
    private static let patience: UInt64 = 120_000_000_000
    /// Nanoseconds between two looks for such flows.
    private static let tick: UInt64 = 10_000_000_000
    /// So many datagrams of one socket are carried before the others have their turn.
    private static let burst = 64

    init(
        _ queue: consuming EventQueue, _ control: borrowing Descriptor, _ listeners: [RelayListener], mostFlows: Int
    ) throws(SystemError) {
        self.queue = queue
        self.listeners = listeners
        most = max(mostFlows, 16)
        try self.queue.add(control, token: Source.control.token(0))
        for (index, listener) in listeners.enumerated() {
            try AddressedDatagrams.tell(on: listener.socket, isVersion6: listener.target.isVersion6)
            try self.queue.add(listener.socket, token: Source.listener.token(UInt32(index)))
        }
    }

    /// Carries until whoever started it ends.
    func run() throws(SystemError) {
        while true {
            for event in try queue.wait(until: nextLook) {
                let number = UInt32(truncatingIfNeeded: event.token)
                switch Source(rawValue: event.token >> 32) {
                case .listener: carryIn(Int(number))
                case .flow: if let flow = serials[number] { carryOut(flow) }
                // Nothing is said there.
                case .control, nil: return
                }
            }
            forget()
        }
    }

    /// From clients to the container.
    private func carryIn(_ index: Int) {
        let listener = listeners[index]
        for _ in 0..<Self.burst {
            // An error is an earlier datagram's.
            guard let arrival = try? AddressedDatagrams.receive(on: listener.socket, into: &buffer) else { return }
            let key = Flow.Key(listener: index, client: arrival.sender, local: arrival.local)
            guard let flow = flows[key] ?? open(key, listener.route) else { continue }
            flow.lastUse = Trace.now()
            // The first call may say no more than that an earlier datagram found nobody: who listens by now gets this one.
            for _ in 0..<2 {
                if (try? InternetSockets.send(buffer, upTo: arrival.count, on: flow.socket)) != nil { break }
            }
        }
    }

    /// Answers, and whatever else the container's port sends there.
    private func carryOut(_ flow: Flow) {
        for _ in 0..<Self.burst {
            let count: Int?
            do throws(SystemError) { count = try InternetSockets.receive(on: flow.socket, into: &buffer) } catch { continue }
            guard let count else { return }
            flow.lastUse = Trace.now()
            // What cannot be sent is lost, as any datagram may be.
            _ = try? AddressedDatagrams.send(
                buffer, count: count, to: flow.key.client, from: flow.key.local, on: listeners[flow.key.listener].socket)
        }
    }

    // MARK: Flows

    private func open(_ key: Flow.Key, _ route: DatagramRoute) -> Flow? {
        if flows.count >= most { forgetOldest() }
        lastSerial &+= 1
        let pair = Flow.Pair(client: key.client, target: route.target)
        let isFirst = pairs.insert(pair).inserted
        guard let socket = try? ClientAddresses.connect(route, for: key.client, isFirst: isFirst) else {
            if isFirst { pairs.remove(pair) }
            return nil
        }
        let flow = Flow(key, lastSerial, socket, isFirst ? pair : nil)
        flows[key] = flow
        serials[flow.serial] = flow
        guard (try? queue.add(flow.socket, token: Source.flow.token(flow.serial))) != nil else {
            remove(flow)
            return nil
        }
        if nextLook == .max { nextLook = Trace.now() + Self.tick }
        return flow
    }

    private func remove(_ flow: Flow) {
        flows[flow.key] = nil
        serials[flow.serial] = nil
        if let pair = flow.pair { pairs.remove(pair) }
    }

    private func forget() {
        let now = Trace.now()
        guard now >= nextLook else { return }
        for flow in flows.values where now - flow.lastUse >= Self.patience { remove(flow) }
        nextLook = flows.isEmpty ? .max : now + Self.tick
    }

    /// Makes room: an eighth at once, so that a flood of clients that do not come again costs little each.
    private func forgetOldest() {
        let sorted = flows.values.sorted { $0.lastUse < $1.lastUse }
        for flow in sorted.prefix(max(most / 8, 1)) { remove(flow) }
    }
}
