internal import Linux

/// The monitors of containers that a server watches, those of all networks together: each takes a descriptor.
final class MonitorWatch {
    /// How many at most, so that some are left for files, questions and connections.
    private let most: Int
    private var count = 0
    private var lastSerial: UInt32 = 0

    /// - Parameter descriptors: how many this process may have.
    init(descriptors: Int) { most = max(descriptors / 2, descriptors - 2048) }

    /// A monitor that an event comes of when it ends.
    final class Monitor {
        let serial: UInt32
        private let process: Descriptor
        private let watch: MonitorWatch

        fileprivate init(_ process: consuming Descriptor, _ serial: UInt32, _ watch: MonitorWatch) {
            self.process = process
            self.serial = serial
            self.watch = watch
            watch.count += 1
        }

        deinit { watch.count -= 1 }
    }

    enum Found {
        case watched(Monitor)
        /// It is there, but there are too many.
        case unwatched
        case gone
    }

    func find(_ pid: Int32, _ queue: borrowing EventQueue) -> Found {
        do throws(SystemError) {
            let process = try Processes.open(pid)
            guard count < most else { return .unwatched }
            lastSerial &+= 1
            try queue.add(process, token: NameServerLoop.Source.monitor.token(lastSerial))
            return .watched(Monitor(process, lastSerial, self))
        } catch {
            // Anything else, as too many descriptors or watches, says nothing about the process.
            return error.errno == .noSuchProcess || error.errno == .invalidArgument ? .gone : .unwatched
        }
    }
}
