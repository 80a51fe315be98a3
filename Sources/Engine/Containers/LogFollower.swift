package import Linux

/// Reads the log of one container: the files that were turned over first, and then whatever is added.
package struct LogFollower {
    private let engine: Engine
    private let record: ContainerRecord
    private let path: String
    private let log: LogRequest
    private var reader: LogReader
    private var file: SharedDescriptor?
    private var isAtBegin = true

    /// - Throws: where the log is not in a file.
    package init(_ engine: Engine, _ record: ContainerRecord) throws(EngineError) {
        log = try Engine.settings(record).log ?? LogRequest()
        guard let form = log.form else {
            throw EngineError(
                "container \(record.name) keeps no log of its own (--log-driver \(log.driver))"
                    + (log.driver == "journald" ? "; journalctl CONTAINER_NAME=\(record.name) shows it" : ""))
        }
        self.engine = engine
        self.record = record
        path = "\(engine.locations.bundle(record.id))/container.log"
        reader = LogReader(form)
    }

    package var name: String { record.name }
    package var isLive: Bool { (try? engine.status(record.id).isLive) ?? false }

    /// Hears of changes: the log's directory, where a new file appears when one is turned over.
    package func watch(_ watch: borrowing FileWatch) {
        try? watch.add(path)
        try? watch.add(engine.locations.bundle(record.id))
    }

    /// What there is to read now, handed over piece by piece.
    package mutating func readOn(_ body: ([LogReader.Entry]) throws -> Void) throws {
        if isAtBegin {
            isAtBegin = false
            for number in stride(from: log.maxFiles - 1, through: 1, by: -1) {
                if let old = try? File.open("\(path).\(number)", [.read, .noFollow]) { try read(old, body) }
            }
            file = SharedDescriptor?(try? File.open(path, [.read, .noFollow]))
        }
        while true {
            if let file { try read(file.descriptor, body) }
            // Turned over meanwhile, or made only now.
            let inode = try? file?.descriptor.status().inode
            guard let now = try? File.status(path), file == nil || now.inode != inode,
                let next = try? File.open(path, [.read, .noFollow])
            else { return }
            file = SharedDescriptor(next)
        }
    }

    private mutating func read(_ file: borrowing Descriptor, _ body: ([LogReader.Entry]) throws -> Void) throws {
        while let bytes = try? file.read(upTo: 256 << 10), !bytes.isEmpty { try body(reader.feed(bytes)) }
    }
}
