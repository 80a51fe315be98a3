public import JSON

/// One image: its configuration and its layers, the lowest first (image-spec, manifest.md).
public struct Manifest: JSONRecord, Equatable {
    public var schemaVersion = 2
    /// Docker's has to have it; OCI's may.
    public var mediaType: String?
    public var artifactType: String?
    public var config = ContentDescriptor()
    public var layers: [ContentDescriptor] = []
    public var subject: ContentDescriptor?
    public var annotations: [String: String]?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("schemaVersion", "config", "layers")
        try fields("schemaVersion", &schemaVersion)
        try fields("mediaType", &mediaType)
        try fields("artifactType", &artifactType)
        var wanted: ContentDescriptor? = config
        try fields("config", &wanted)
        config = wanted ?? ContentDescriptor()
        try fields("layers", &layers)
        try fields("subject", &subject)
        try fields("annotations", &annotations)
    }
}

/// Images for several platforms under one name (image-spec, image-index.md).
public struct ImageIndex: JSONRecord, Equatable {
    public var schemaVersion = 2
    public var mediaType: String?
    public var artifactType: String?
    public var manifests: [ContentDescriptor] = []
    public var subject: ContentDescriptor?
    public var annotations: [String: String]?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("schemaVersion", "manifests")
        try fields("schemaVersion", &schemaVersion)
        try fields("mediaType", &mediaType)
        try fields("artifactType", &artifactType)
        try fields("manifests", &manifests)
        try fields("subject", &subject)
        try fields("annotations", &annotations)
    }

    /// The image that runs best on a platform; the first of several that are as good.
    public func manifest(for platform: Platform) -> ContentDescriptor? {
        var best: (ContentDescriptor, Int)?
        for entry in manifests {
            // buildkit's attestations have the platform unknown/unknown.
            guard let fitness = entry.platform.map({ $0.fitness(for: platform) }) ?? 0 else { continue }
            if best.map({ fitness > $0.1 }) ?? true { best = (entry, fitness) }
        }
        return best?.0
    }
}
