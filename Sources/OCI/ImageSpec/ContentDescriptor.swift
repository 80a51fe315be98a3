public import JSON

/// What content is, how large, and its digest (image-spec, descriptor.md).
public struct ContentDescriptor: JSONRecord, Equatable {
    public var mediaType = ""
    public var digest = ""
    /// Bytes.
    public var size: Int64 = 0
    public var urls: [String]?
    public var annotations: [String: String]?
    public var platform: Platform?
    public var artifactType: String?
    public var unknown = JSONObject()

    public init() {}

    public init(mediaType: String, digest: Digest, size: Int64) {
        self.mediaType = mediaType
        self.digest = digest.text
        self.size = size
    }

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("mediaType", "digest", "size")
        try fields("mediaType", &mediaType)
        try fields("digest", &digest)
        try fields("size", &size)
        try fields("urls", &urls)
        try fields("annotations", &annotations)
        try fields("platform", &platform)
        try fields("artifactType", &artifactType)
    }
}
