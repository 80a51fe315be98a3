internal import Linux

/// The process that keeps a pod's namespaces: it waits, reaps what is orphaned where it is process 1, and ends when asked to.
package enum Holder {
    package static func run() throws(RuntimeError) {
        let signals = try explaining("take signals") { () throws(SystemError) in
            try Signals.descriptor(for: [Signals.terminate, Signals.interrupt, Signals.hangUp, Signals.child])
        }
        while true {
            var poll = Poll()
            poll.watch(signals.raw, .readable)
            _ = try explaining("wait for signals") { () throws(SystemError) in try poll.wait() }
            var ends = false
            while let number = Signals.next(from: signals) { ends = ends || number != Signals.child }
            while Processes.reapAny() != nil {}
            if ends { return }
        }
    }
}
