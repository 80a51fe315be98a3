internal import Linux

/// The init that `--init` puts before the command: it passes signals on, reaps what is orphaned, and ends as the command does.
enum Reaper {
    /// Splits in two: returns in the child, which becomes the command; the parent stays as process 1.
    static func becomeParent(of channel: borrowing Descriptor) throws(RuntimeError) {
        let signals = try explaining("take signals") { () throws(SystemError) in
            try Signals.descriptor(for: (1...31).filter { $0 != Signals.kill && $0 != Signals.stop })
        }
        switch try explaining("start the command beside its init", { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .child:
            Signals.resetAll()
        case .parent(let child):
            // The launcher learns of the command's fate through the child's copy alone.
            try? Processes.assign(signals.raw, to: 3)
            try? Processes.closeOthers(from: 4)
            // Its words on the command line are paths of the host's, and none of the container's business.
            Processes.setTitle("hako-init")
            watch(child, Descriptor(owning: 3))
        }
    }

    private static func watch(_ command: Int32, _ signals: consuming Descriptor) -> Never {
        while true {
            var poll = Poll()
            poll.watch(signals.raw, .readable)
            _ = try? poll.wait()
            while let number = Signals.next(from: signals) {
                if number != Signals.child { try? Processes.kill(command, number) }
            }
            while let (pid, code) = Processes.reapAny() {
                if pid == command { Processes.exitNow(code) }
            }
        }
    }
}
