internal import JSON
internal import Linux

/// What the database has of a container, a second time: `container.json` in its directory. A database that is lost is made
/// anew of these, so that no container is lost with it.
struct ContainerDocument: JSONRecord, Equatable {
    private var id = ""
    private var name = ""
    private var created: Int64 = 0
    private var image = ""
    private var command: [String] = []
    private var options = ""
    private var firstID: UInt32?
    private var idCount: UInt32?
    private var removes = false
    private var imageID: String?
    var unknown = JSONObject()

    init() {}

    init(_ record: ContainerRecord) {
        id = record.id
        name = record.name
        created = record.createdAt
        image = record.image
        command = record.command
        options = String(decoding: record.options, as: UTF8.self)
        firstID = record.range?.lowerBound
        idCount = record.range.map { UInt32($0.count) }
        removes = record.removes
        imageID = record.imageID
    }

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "name", "created", "options")
        try fields("id", &id)
        try fields("name", &name)
        try fields("created", &created)
        try fields("image", &image)
        try fields("command", &command)
        try fields("options", &options)
        try fields("firstID", &firstID)
        try fields("idCount", &idCount)
        try fields("removes", &removes)
        try fields("imageID", &imageID)
    }

    var record: ContainerRecord {
        var range: Range<UInt32>?
        if let firstID, let idCount, UInt32.max - firstID >= idCount { range = firstID..<firstID + idCount }
        return ContainerRecord(
            id: id, name: name, createdAt: Self.nanoseconds(created), image: image, command: command,
            options: Array(options.utf8), range: range,
            removes: removes, imageID: imageID)
    }

    /// An earlier hako wrote seconds.
    private static func nanoseconds(_ time: Int64) -> Int64 {
        (0..<1_000_000_000_000).contains(time) ? time * 1_000_000_000 : time
    }

    // MARK: On disk

    static func path(_ bundle: String) -> String { "\(bundle)/container.json" }

    func write(to bundle: String) throws(EngineError) {
        try attempt("write \(Self.path(bundle))") { () throws(SystemError) in
            // As durable as the row: neither is fsynced at once.
            try File.replace(Self.path(bundle), with: json.bytes(), mode: 0o600, durable: false)
        }
    }

    /// The container in a directory, where that is complete and its own.
    static func read(_ id: String, in locations: Locations) -> ContainerRecord? {
        guard File.exists(locations.configuration(id)),
            let bytes = try? File.read(path(locations.bundle(id)), limit: 16 << 20),
            let document = try? ContainerDocument(parsing: bytes), document.id == id
        else { return nil }
        return document.record
    }
}

extension Engine {
    /// Gives a container another name, which nobody else has.
    package func rename(_ record: ContainerRecord, to name: String) throws(EngineError) {
        try store.rename(record.id, to: name)
        var renamed = record
        renamed.name = name
        try ContainerDocument(renamed).write(to: locations.bundle(record.id))
        try NetworkChange(self, renamed).renamed(from: record.name)
    }

    /// Replaces what hako knows of a container beside its configuration.
    func setSettings(_ record: ContainerRecord, _ settings: ContainerSettings) throws(EngineError) {
        var changed = record
        changed.options = settings.json.bytes()
        try store.setOptions(record.id, changed.options)
        try ContainerDocument(changed).write(to: locations.bundle(record.id))
    }
}
