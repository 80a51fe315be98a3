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

extension Holder {
    /// A network namespace of this process's own, with its loopback up.
    package static func makeNetwork() throws(RuntimeError) {
        Processes.setName("hako-network")
        try explaining("make a network namespace") { () throws(SystemError) in
            try Namespaces.unshare(.network)
            var devices = try NetworkDevices()
            try devices.bringUp(try devices.index(of: "lo"), "lo")
        }
    }

    /// Goes to the user and network namespaces of another process. The caller has one thread.
    package static func enter(_ process: Int32) throws(RuntimeError) {
        try explaining("enter the user's networks") { () throws(SystemError) in
            let user = try File.open("/proc/\(process)/ns/user", .read)
            let network = try File.open("/proc/\(process)/ns/net", .read)
            try Namespaces.join(user, .user)
            try Namespaces.join(network, .network)
            try Credentials.setGroup(0)
            try Credentials.setUser(0)
        }
    }
}
