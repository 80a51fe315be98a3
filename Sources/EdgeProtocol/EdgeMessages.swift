public import JSON

/// What hako asks its network edge for: a line of JSON each on the edge's standard input.
///
/// The edge carries requests out at the same time and answers each with events that have its `id`, the last of them `done`
/// or `error`. It ends when its standard input does; requests that are under way are given up then. Whatever it hands over is
/// unverified: digests are checked by who asked.
public struct EdgeRequest: JSONRecord, Equatable {
    public enum Operation: String, Sendable, CaseIterable {
        /// A manifest or an index: one `manifest` event. Needs `repository`, `reference`, `accept`.
        case manifest
        /// A blob into `file`, from `offset` on: `progress` events. Needs `repository`, `digest`, `size`, `file`.
        case blob
        /// A blob of `file` to a registry: `progress` events. Needs `repository`, `digest`, `size`, `file`; `mountFrom` may help.
        case upload
        /// A manifest to a registry. Needs `repository`, `reference`, `mediaType`, `body`.
        case putManifest
        /// The tags of a repository: one `list` event.
        case tags
        /// An index of what refers to `digest`: one `manifest` event.
        case referrers
        /// Repositories whose name or description has `term`: one `results` event. Needs `registry`.
        case search
        /// Checks credentials and keeps them. Needs `registry`, `username`, `password`.
        case login
        /// Forgets credentials. Needs `registry`, or none for all.
        case logout
    }

    public var id = 0
    public var operation = Operation.manifest
    /// Host and port.
    public var registry: String?
    /// Registry and repository: `127.0.0.1:5000/library/alpine`.
    public var repository: String?
    /// A tag or a digest.
    public var reference: String?
    /// The media types that are taken.
    public var accept: [String]?
    public var digest: String?
    /// Bytes; what is longer is refused.
    public var size: Int64?
    /// An absolute path. For `blob` it exists, and what is before `offset` in it stays.
    public var file: String?
    public var offset: Int64?
    /// Repositories of the same registry that have the blob.
    public var mountFrom: [String]?
    public var mediaType: String?
    public var body: String?
    public var artifactType: String?
    public var term: String?
    public var limit: Int?
    public var username: String?
    public var password: String?
    public var unknown = JSONObject()

    public init() {}

    public init(_ operation: Operation, id: Int) {
        self.operation = operation
        self.id = id
    }

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "operation")
        try fields("id", &id)
        try fields("operation", &operation)
        try fields("registry", &registry)
        try fields("repository", &repository)
        try fields("reference", &reference)
        try fields("accept", &accept)
        try fields("digest", &digest)
        try fields("size", &size)
        try fields("file", &file)
        try fields("offset", &offset)
        try fields("mountFrom", &mountFrom)
        try fields("mediaType", &mediaType)
        try fields("body", &body)
        try fields("artifactType", &artifactType)
        try fields("term", &term)
        try fields("limit", &limit)
        try fields("username", &username)
        try fields("password", &password)
    }
}

/// What the edge answers: a line of JSON each on its standard output.
public struct EdgeEvent: JSONRecord, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case manifest, progress, list, results, done, error }

    /// Why a request failed, for programs.
    public enum Failure: String, Sendable, CaseIterable {
        case unauthorized, denied, notFound, blocked, network, tls, tooManyRequests, unsupported, tooLarge, local, registry
    }

    /// The request's.
    public var id = 0
    public var kind = Kind.done
    public var mediaType: String?
    /// As the registry names it; unverified.
    public var digest: String?
    /// A manifest, byte for byte.
    public var body: String?
    /// All bytes of the file before this are written; or, of an upload, sent.
    public var have: Int64?
    public var list: [String]?
    public var results: [SearchResult]?
    /// Where it came from, if not from the registry named: a mirror.
    public var source: String?
    /// Of an upload: the registry had it, or mounted it.
    public var existed: Bool?
    public var failure: Failure?
    /// One line for people.
    public var message: String?
    public var unknown = JSONObject()

    public struct SearchResult: JSONRecord, Equatable {
        public var name = ""
        public var description = ""
        public var stars = 0
        public var official = false
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("name", &name)
            try fields("description", &description)
            try fields("stars", &stars)
            try fields("official", &official)
        }
    }

    public init() {}

    public init(_ kind: Kind, id: Int) {
        self.kind = kind
        self.id = id
    }

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "kind")
        try fields("id", &id)
        try fields("kind", &kind)
        try fields("mediaType", &mediaType)
        try fields("digest", &digest)
        try fields("body", &body)
        try fields("have", &have)
        try fields("list", &list)
        try fields("results", &results)
        try fields("source", &source)
        try fields("existed", &existed)
        var reason = failure?.rawValue
        try fields("failure", &reason)
        failure = reason.flatMap(Failure.init)
        try fields("message", &message)
    }
}
