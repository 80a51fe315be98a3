package import JSON

/// A volume, or a directory of the host's, that a container has: what `--volumes-from` and `inspect` need of it.
package struct ContainerMount: JSONRecord, Equatable {
    /// `volume` or `bind`.
    package var type = ""
    /// The volume's name, or the path on the host.
    package var source = ""
    package var destination = ""
    package var readOnly: Bool?
    package var anonymous: Bool?
    /// Not id-mapped: the files keep the host's ids.
    package var unmapped: Bool?
    package var propagation: String?
    package var options: [String]?
    /// What of the source is mounted.
    package var subPath: String?
    package var unknown = JSONObject()

    package init() {}

    /// Nil for what has no files that last.
    init?(_ request: MountRequest) {
        guard request.kind != .tmpfs, let source = request.source else { return nil }
        type = request.kind.rawValue
        self.source = source
        destination = request.destination
        readOnly = request.readOnly ? true : nil
        anonymous = request.isAnonymous ? true : nil
        unmapped = request.mapsIDs ? nil : true
        propagation = request.propagation
        options = request.options.isEmpty ? nil : request.options
        subPath = request.subPath
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("type", "source", "destination")
        try fields("type", &type)
        try fields("source", &source)
        try fields("destination", &destination)
        try fields("readOnly", &readOnly)
        try fields("anonymous", &anonymous)
        try fields("unmapped", &unmapped)
        try fields("propagation", &propagation)
        try fields("options", &options)
        try fields("subPath", &subPath)
    }

    var request: MountRequest {
        get throws(EngineError) {
            guard let kind = MountRequest.Kind(rawValue: type) else { throw EngineError("a mount of type \(type)") }
            var request = MountRequest(kind, source: source, destination: destination)
            request.readOnly = readOnly == true
            request.isAnonymous = anonymous == true
            request.mapsIDs = unmapped != true
            request.propagation = propagation
            request.options = options ?? []
            request.subPath = subPath
            return request
        }
    }
}
