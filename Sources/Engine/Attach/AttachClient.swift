internal import Linux
internal import Runtime

/// How hako stands between the user's terminal and a container.
package struct AttachOptions: Sendable {
    /// Standard input goes to the container.
    package var input = false
    /// The container has a terminal.
    package var terminal = false
    /// Signals that hako gets go to the container.
    package var forwardsSignals = true
    package var detachKeys: DetachKeys?
    /// Output is shown; not for `wait`.
    package var output = true

    package init() {}
}

/// How an attachment ended.
package enum AttachOutcome: Sendable, Equatable {
    case exited(code: Int32, outOfMemory: Bool)
    /// The command did not start.
    case failed(code: UInt8, message: String)
    /// By the detach keys: the container goes on.
    case detached
    /// A signal ended hako itself; the container goes on.
    case interrupted(Int32)
    /// The monitor went away without a word.
    case lost
}

/// Carries input, output, window sizes and signals between this process and a container's monitor.
package struct AttachClient: ~Copyable {
    private var attachment: Attachment
    private let options: AttachOptions
    private var keys: DetachKeys?
    private let signals: Descriptor
    /// Raw while input goes to a terminal of the container's.
    private var mode: TerminalMode?
    private var pending: [UInt8] = []
    private var inputIsOpen: Bool
    private let warn: (String) -> Void

    /// As much input may wait for the monitor before no more is read.
    private static let mostPending = 256 << 10

    /// Synchronous faults and job control stay hako's own; the rest is for the container.
    private static let forwarded: [Int32] = [1, 2, 3, 10, 12, 14, 15, 16, 18, 20, 24, 25, 26, 27, 29, 30] + Array(34...64)
    private static let deadly: [Int32] = [Signals.hangUp, Signals.interrupt, Signals.quit, Signals.terminate]

    /// Takes signals and the terminal; gives both back when it goes away.
    package static func make(
        _ attachment: consuming Attachment, _ options: AttachOptions, warn: @escaping (String) -> Void
    ) throws(EngineError) -> AttachClient {
        let wanted =
            options.terminal ? [Signals.windowChange] + deadly : options.forwardsSignals ? forwarded + [Signals.windowChange] : []
        let signals = try attempt("take signals") { () throws(SystemError) in try Signals.descriptor(for: wanted) }
        Signals.ignorePipe()
        try attempt("talk to the container's monitor") { () throws(SystemError) in try attachment.socket.setNonBlocking() }
        var mode: TerminalMode?
        if options.input, options.terminal, Terminal.isTerminal(0) {
            mode = try attempt("make the terminal raw") { () throws(SystemError) in try TerminalMode(raw: 0) }
        }
        var client = AttachClient(attachment, options, signals, mode, warn)
        if options.terminal { client.sendWindowSize() }
        return client
    }

    private init(
        _ attachment: consuming Attachment, _ options: AttachOptions, _ signals: consuming Descriptor,
        _ mode: consuming TerminalMode?,
        _ warn: @escaping (String) -> Void
    ) {
        self.attachment = attachment
        self.options = options
        self.signals = signals
        self.mode = mode
        self.warn = warn
        keys = options.input && options.terminal ? options.detachKeys : nil
        inputIsOpen = options.input
    }

    /// Goes away. Until then the monitor of a container that goes by itself waits.
    package consuming func leave() {}

    /// Waits until the monitor has ended too, so that its last steps are in the trace. At most a second.
    package consuming func finish() {
        Sockets.endWriting(attachment.socket)
        _ = attachment.drain(milliseconds: 1000)
    }

    /// Until the container ends, or this side leaves.
    package mutating func run(started: () -> Void) throws(EngineError) -> AttachOutcome {
        let outcome = try carry(started)
        // Before anything is printed.
        mode = nil
        return outcome
    }

    private mutating func carry(_ started: () -> Void) throws(EngineError) -> AttachOutcome {
        while true {
            var poll = Poll()
            let socket = poll.watch(attachment.socket.raw, pending.isEmpty ? .readable : [.readable, .writable])
            let signal = poll.watch(signals.raw, .readable)
            let input = inputIsOpen && pending.count < Self.mostPending ? poll.watch(0, .readable) : nil
            _ = try attempt("wait for the container") { () throws(SystemError) in try poll.wait() }
            if poll[signal].contains(.readable), let outcome = takeSignals() { return outcome }
            if let input, !poll[input].isEmpty, takeInput() {
                flush()
                return .detached
            }
            if poll[socket].contains(.writable) { flush() }
            if !poll[socket].isDisjoint(with: [.readable, .hangUp, .error]), let outcome = try takeMessages(started) {
                return outcome
            }
        }
    }

    // MARK: From the user

    private mutating func takeSignals() -> AttachOutcome? {
        while let number = Signals.next(from: signals) {
            if options.terminal, number == Signals.windowChange {
                sendWindowSize()
            } else if options.terminal, !options.forwardsSignals {
                return .interrupted(number)
            } else {
                send(.signal(number))
            }
        }
        return nil
    }

    /// True when the detach keys were typed.
    private mutating func takeInput() -> Bool {
        let bytes = (try? StandardStreams.readInput(upTo: 32 << 10)) ?? []
        if bytes.isEmpty {
            inputIsOpen = false
            send(.inputClosed)
            return false
        }
        guard var filter = keys else {
            send(.input(bytes))
            return false
        }
        let (pass, detached) = filter.feed(bytes)
        keys = filter
        if !pass.isEmpty { send(.input(pass)) }
        return detached
    }

    private mutating func sendWindowSize() {
        for descriptor: CInt in [1, 0, 2] where Terminal.isTerminal(descriptor) {
            guard let size = try? Terminal.size(of: descriptor) else { continue }
            send(.resize(columns: size.columns, rows: size.rows))
            return
        }
    }

    private mutating func send(_ message: MonitorMessage) {
        pending += message.frame
        flush()
    }

    /// Writes what the socket takes; a monitor that is gone shows when reading.
    private mutating func flush() {
        while !pending.isEmpty {
            do throws(SystemError) {
                pending.removeFirst(try attachment.socket.writeSome(pending))
            } catch {
                if error.errno != .wouldBlock { pending = [] }
                return
            }
        }
    }

    // MARK: From the container

    private mutating func takeMessages(_ started: () -> Void) throws(EngineError) -> AttachOutcome? {
        do throws(SystemError) {
            let bytes = try attachment.socket.read(upTo: 128 << 10)
            if bytes.isEmpty { return .lost }
            attachment.reader.append(bytes)
        } catch {
            return error.errno == .wouldBlock ? nil : .lost
        }
        while true {
            let message: MonitorMessage?
            do throws(MonitorMessageReader.Malformed) { message = try attachment.reader.next() } catch {
                throw EngineError(
                    "the container's monitor sent what this hako does not understand; are hako and hako-runtime of one version?")
            }
            guard let message else { return nil }
            switch message {
            case .output(let bytes): show(bytes, StandardStreams.writeOutput)
            case .errorOutput(let bytes): show(bytes, StandardStreams.writeError)
            case .started: started()
            case .failed(let code, let text): return .failed(code: code, message: text)
            case .exited(let code, let outOfMemory): return .exited(code: code, outOfMemory: outOfMemory)
            case .warning(let text): warn(text)
            case .input, .inputClosed, .resize, .signal, .networksChanged, .networksFollowed: break
            }
        }
    }

    /// Output whose reader is gone (`hako run … | head`) is dropped; the container hears of it no more than it would of a log.
    private func show(_ bytes: [UInt8], _ write: ([UInt8]) throws(SystemError) -> Void) {
        guard options.output else { return }
        try? write(bytes)
    }
}
