internal import JSON
package import Linux
package import Runtime

/// Reads what happened, in order, and goes on with what happens.
///
/// A line tells a container by its id: the name and the image come from the line of its making, or from the database.
package struct EventReader {
    private let engine: Engine
    private let log: EventLog
    private var file: SharedDescriptor?
    private var rest: [UInt8] = []
    private var isAtBegin = true
    /// What is known of containers, by id.
    private var known: [String: [String: String]] = [:]

    package init(_ engine: Engine) {
        self.engine = engine
        log = EventLog(path: engine.locations.events)
    }

    package func watch(_ watch: borrowing FileWatch) throws(EngineError) {
        try attempt("watch \(engine.locations.root)") { () throws(SystemError) in
            try watch.add(engine.locations.root)
            if File.exists(log.path) { try watch.add(log.path) }
        }
    }

    /// What was not read yet.
    package mutating func next() -> [Event] {
        var events: [Event] = []
        if isAtBegin {
            isAtBegin = false
            for record in (try? engine.store.all()) ?? [] { learn(record) }
            if let old = try? File.open(log.older, [.read, .noFollow]) { read(old, &events) }
            file = SharedDescriptor?(try? File.open(log.path, [.read, .noFollow]))
        }
        while true {
            if let file { read(file.descriptor, &events) }
            let inode = try? file?.descriptor.status().inode
            guard let now = try? File.status(log.path), file == nil || now.inode != inode,
                let fresh = try? File.open(log.path, [.read, .noFollow])
            else { return events }
            file = SharedDescriptor(fresh)
        }
    }

    private mutating func learn(_ record: ContainerRecord) {
        let labels = (try? Engine.settings(record))?.labels ?? [:]
        known[record.id] = labels.merging(["name": record.name, "image": record.image]) { $1 }
    }

    private mutating func read(_ file: borrowing Descriptor, _ events: inout [Event]) {
        while let bytes = try? file.read(upTo: 256 << 10), !bytes.isEmpty {
            rest += bytes
            var start = 0
            while let end = rest[start...].firstIndex(of: 10) {
                // A line that a full disk cut short counts for nothing.
                if let event = try? Event(parsing: Array(rest[start..<end])) { events.append(completed(event)) }
                start = end + 1
            }
            rest.removeFirst(start)
        }
    }

    private mutating func completed(_ event: Event) -> Event {
        guard event.type == "container" else { return event }
        if event.action == "create" { known[event.id] = event.attributes }
        var event = event
        event.attributes = (known[event.id] ?? [:]).merging(event.attributes ?? [:]) { $1 }
        if event.action == "rename", let name = event.attributes?["name"] { known[event.id, default: [:]]["name"] = name }
        return event
    }
}
