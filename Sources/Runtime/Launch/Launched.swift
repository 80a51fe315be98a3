internal import Linux

/// A cloned init, on its way to executing the command. Killed and reaped when it goes out of scope before `handOver()`.
package struct Launched: ~Copyable {
    package let pid: Int32
    let channel: Descriptor
    /// What the init sent before its pid was known: it shares the channel with the process that cloned it.
    private let early: [Message]
    private var isHandedOver = false

    typealias Message = (message: InitMessage, descriptors: [CInt])

    init(pid: Int32, channel: consuming Descriptor, early: [Message] = []) {
        self.pid = pid
        self.channel = channel
        self.early = early
    }

    deinit {
        if isHandedOver { return }
        try? Processes.kill(pid, Signals.kill)
        _ = try? Processes.wait(for: pid)
    }

    /// What came of the launch.
    struct Outcome {
        /// The controlling side of the terminal, if the process has one.
        var terminal: SharedDescriptor?
        var warnings: [String] = []
    }

    /// Lets the command execute: what has to be in place before that is.
    package borrowing func release() throws(RuntimeError) {
        do throws(SystemError) {
            try InitMessage.release.send(on: channel)
        } catch {
            // The init has ended already; why, it has sent, and `finish` reads.
            guard error.errno == .brokenPipe || error.errno == .connectionReset else {
                throw RuntimeError("cannot talk to the container's init: \(error)")
            }
        }
    }

    /// Waits until the command executes, or until the init waits for `start`.
    ///
    /// - Parameter hooks: run when everything is mounted and the root is not `/` yet; the command is released only then.
    /// - Throws: the error that kept the init from getting there.
    borrowing func finish(
        hooks: () throws(RuntimeError) -> Void = {}, listener: SeccompListener? = nil
    ) throws(RuntimeError) -> Outcome {
        var outcome = Outcome()
        for message in early where try take(message, &outcome, hooks, listener) { return outcome }
        while let message = try InitMessage.receive(on: channel) {
            if try take(message, &outcome, hooks, listener) { return outcome }
        }
        return outcome
    }

    /// - Returns: true for the last message, after which the init waits for `start`.
    private borrowing func take(
        _ received: Message, _ outcome: inout Outcome, _ hooks: () throws(RuntimeError) -> Void, _ listener: SeccompListener?
    ) throws(RuntimeError) -> Bool {
        switch received.message {
        case .console:
            if let master = received.descriptors.first { outcome.terminal = SharedDescriptor(owning: master) }
        case .warning(let text): outcome.warnings.append(text)
        case .listener:
            guard let raw = received.descriptors.first, let listener else {
                throw RuntimeError("a seccomp listener came unasked")
            }
            try listener.send(Descriptor(owning: raw), pid: pid)
            try release()
        case .furnished:
            try hooks()
            try explaining("go on after the hooks") { () throws(SystemError) in
                try InitMessage.joined(pid: pid).send(on: channel)
            }
            try release()
        case .prepared: return true
        case .failed(let kind, let text): throw RuntimeError(text, kind: kind)
        default: throw RuntimeError("the container's init sent an unexpected message")
        }
        return false
    }

    /// Whether the init is there no more; it may not be reaped yet.
    var hasEnded: Bool {
        guard let start = try? Processes.startTime(of: pid) else { return true }
        return !Processes.isAlive(pid, startTime: start)
    }

    /// From here on the process is the caller's to wait for.
    package consuming func handOver() -> Int32 {
        isHandedOver = true
        return pid
    }
}
