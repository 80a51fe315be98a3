internal import Linux

/// The monitor's side of a container's standard streams, or of its terminal.
final class ContainerStreams {
    /// What the container gets as its descriptors 0, 1 and 2 when it has no terminal.
    private(set) var inner: [CInt]
    private var input: SharedDescriptor?
    private var output: SharedDescriptor?
    private var errorOutput: SharedDescriptor?
    private var terminal: SharedDescriptor?
    private var log: ContainerLog?
    private var journal: Journal?
    /// Input the container has not taken yet.
    private var pendingInput: [UInt8] = []
    private var inputEnds = false
    private var indices = Indices()

    private struct Indices {
        var input: Int?, output: Int?, error: Int?, terminal: Int?
    }

    private static let mostPendingInput = 1 << 20

    init(interactive: Bool, output kept: ContainerOutput) throws(RuntimeError) {
        do throws(SystemError) {
            switch kept {
            case .none: break
            case .file(let options): log = try ContainerLog(options)
            case .journal(let fields): journal = try Journal(fields)
            case .passthrough:
                inner = try Self.ownStreams(interactive: interactive)
                return
            }
            let out = try Pipes.make()
            let error = try Pipes.make()
            if interactive {
                let into = try Pipes.make()
                input = SharedDescriptor(owning: into.write)
                inner = [into.read]
            } else {
                inner = [try File.open("/dev/null", .read).release()]
            }
            inner += [out.write, error.write]
            output = SharedDescriptor(owning: out.read)
            errorOutput = SharedDescriptor(owning: error.read)
        } catch {
            throw RuntimeError("cannot set up the container's streams: \(error)")
        }
    }

    /// The monitor's own standard streams, which it keeps for the next start: their reader hears the end when it ends.
    private static func ownStreams(interactive: Bool) throws(SystemError) -> [CInt] {
        let input =
            interactive ? try StandardStreams.duplicateInput().release() : try File.open("/dev/null", .read).release()
        return [input, try StandardStreams.duplicateOutput().release(), try StandardStreams.duplicateError().release()]
    }

    /// The container has its ends: here they are closed, so that its end of file is seen.
    func started(terminal: SharedDescriptor?) {
        for raw in inner { _ = Descriptor(owning: raw) }
        inner = []
        guard let terminal else {
            try? input?.descriptor.setNonBlocking()
            return
        }
        try? terminal.descriptor.setNonBlocking()
        self.terminal = terminal
        input = nil
        output = nil
        errorOutput = nil
    }

    // MARK: Polling

    /// - Parameter reading: false while those attached have not taken what was read before.
    func watch(in poll: inout Poll, reading: Bool) {
        indices = Indices()
        if let terminal {
            var events: Poll.Events = reading ? .readable : []
            if !pendingInput.isEmpty { events.insert(.writable) }
            if !events.isEmpty { indices.terminal = poll.watch(terminal.raw, events) }
            return
        }
        if let input, !pendingInput.isEmpty { indices.input = poll.watch(input.raw, .writable) }
        guard reading else { return }
        if let output { indices.output = poll.watch(output.raw, .readable) }
        if let errorOutput { indices.error = poll.watch(errorOutput.raw, .readable) }
    }

    /// Moves what can be moved; gives what the container said.
    func transfer(_ poll: Poll) -> [MonitorMessage] {
        var said: [MonitorMessage] = []
        if let index = indices.terminal, let terminal {
            if poll[index].contains(.writable) { writePending() }
            if !poll[index].isDisjoint(with: [.readable, .hangUp, .error]) {
                if let message = read(terminal, .output) { said.append(message) } else { self.terminal = nil }
            }
        }
        if let index = indices.input, !poll[index].isEmpty { writePending() }
        if let index = indices.output, let output, !poll[index].isEmpty {
            if let message = read(output, .output) { said.append(message) } else { self.output = nil }
        }
        if let index = indices.error, let errorOutput, !poll[index].isEmpty {
            if let message = read(errorOutput, .error) { said.append(message) } else { self.errorOutput = nil }
        }
        return said
    }

    /// Reads what is left after the container's end, without waiting for those who still hold the streams.
    func drain() -> [MonitorMessage] {
        var said: [MonitorMessage] = []
        while terminal != nil || output != nil || errorOutput != nil {
            var poll = Poll()
            watch(in: &poll, reading: true)
            guard (try? poll.wait(milliseconds: 0)) == true else { break }
            said += transfer(poll)
        }
        journal?.finish()
        return said
    }

    /// Nil at the end of the stream. A terminal ends with EIO once nobody has its other side open.
    private func read(_ stream: SharedDescriptor, _ kind: ContainerLog.Stream) -> MonitorMessage? {
        guard let bytes = try? stream.descriptor.read(upTo: 32 << 10), !bytes.isEmpty else { return nil }
        log?.append(bytes, kind)
        journal?.append(bytes, kind)
        return kind == .output ? .output(bytes) : .errorOutput(bytes)
    }

    // MARK: Input

    /// Whether more input may be asked for.
    var takesInput: Bool { pendingInput.count < Self.mostPendingInput }

    func offer(_ bytes: [UInt8]) {
        guard terminal != nil || input != nil, !inputEnds else { return }
        pendingInput += bytes
        writePending()
    }

    func closeInput() {
        inputEnds = true
        if pendingInput.isEmpty { input = nil }
    }

    private func writePending() {
        guard !pendingInput.isEmpty, let target = terminal ?? input else { return }
        do throws(SystemError) {
            pendingInput.removeFirst(try target.descriptor.writeSome(pendingInput))
        } catch {
            if error.errno == .resourceTemporarilyUnavailable || error.errno == .wouldBlock { return }
            // The container has closed its input.
            pendingInput = []
            input = nil
        }
        if inputEnds, pendingInput.isEmpty { input = nil }
    }

    func resize(columns: UInt16, rows: UInt16) {
        if let terminal { try? PseudoTerminal.setSize(of: terminal.descriptor, columns: columns, rows: rows) }
    }
}
