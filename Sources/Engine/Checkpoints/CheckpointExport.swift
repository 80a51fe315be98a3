internal import JSON
internal import Linux
internal import Runtime

/// What an archive of a checkpoint says of its container: `export/container.json` in it.
struct CheckpointExport: JSONRecord {
    struct Volume: JSONRecord {
        var name = ""
        var anonymous = false
        /// Its files, beside this document; nil where they were left out.
        var file: String?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("name")
            try fields("name", &name)
            try fields("anonymous", &anonymous)
            try fields("file", &file)
        }
    }

    /// Goes up when an older hako would misread it.
    static let version = 1

    var version = Self.version
    var id = ""
    var name = ""
    var image = ""
    var imageID: String?
    var command: [String] = []
    var removes = false
    var settings: JSONValue?
    /// The configuration, and the bundle that its paths lead to.
    var spec: JSONValue?
    var bundle = ""
    var volumes: [Volume]?
    var unknown = JSONObject()

    init() {}

    init(_ record: ContainerRecord, bundle: String) {
        id = record.id
        name = record.name
        image = record.image
        imageID = record.imageID
        command = record.command
        removes = record.removes
        self.bundle = bundle
    }

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("version", "id", "name", "command", "settings", "spec", "bundle")
        try fields("version", &version)
        try fields("id", &id)
        try fields("name", &name)
        try fields("image", &image)
        try fields("imageID", &imageID)
        try fields("command", &command)
        try fields("removes", &removes)
        try fields("settings", &settings)
        try fields("spec", &spec)
        try fields("bundle", &bundle)
        try fields("volumes", &volumes)
    }

    // MARK: Names in the archive

    /// Below the directory with CRIU's images.
    static let directory = "export"
    static let document = "container.json"
    static let changes = "changes.tar"
    /// The bundle's files that the container has mounted.
    static let files = ["hostname", "hosts", "resolv.conf", "localtime"]
}
