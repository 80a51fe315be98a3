public import JSON

/// How an image's containers run, and what its layers are (image-spec, config.md).
public struct ImageConfig: JSONRecord, Equatable {
    /// RFC 3339.
    public var created: String?
    public var author: String?
    public var architecture = ""
    public var os = ""
    public var variant: String?
    public var config: Execution?
    public var rootfs = RootFileSystem()
    public var history: [History]?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("rootfs")
        try fields("created", &created)
        try fields("author", &author)
        try fields("architecture", &architecture)
        try fields("os", &os)
        try fields("variant", &variant)
        try fields("config", &config)
        var layers: RootFileSystem? = rootfs
        try fields("rootfs", &layers)
        rootfs = layers ?? RootFileSystem()
        try fields("history", &history)
    }

    public var platform: Platform { Platform(os: os, architecture: architecture, variant: variant) }

    /// What is run, unless the user says otherwise.
    public struct Execution: JSONRecord, Equatable {
        public var User: String?
        public var Env: [String]?
        public var Entrypoint: [String]?
        public var Cmd: [String]?
        public var WorkingDir: String?
        public var Labels: [String: String]?
        public var StopSignal: String?
        public var ExposedPorts: [String: Empty]?
        public var Volumes: [String: Empty]?
        /// docker's, not of the specification.
        public var Healthcheck: Healthcheck?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("User", &User)
            try fields("Env", &Env)
            try fields("Entrypoint", &Entrypoint)
            try fields("Cmd", &Cmd)
            try fields("WorkingDir", &WorkingDir)
            try fields("Labels", &Labels)
            try fields("StopSignal", &StopSignal)
            try fields("ExposedPorts", &ExposedPorts)
            try fields("Volumes", &Volumes)
            try fields("Healthcheck", &Healthcheck)
        }
    }

    /// The command that says whether a container is well. Times are in nanoseconds; zero is docker's default.
    public struct Healthcheck: JSONRecord, Equatable {
        /// `NONE`; `CMD` and the words; `CMD-SHELL` and a line.
        public var Test: [String]?
        public var Interval: Int64?
        public var Timeout: Int64?
        public var StartPeriod: Int64?
        public var StartInterval: Int64?
        public var Retries: Int?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("Test", &Test)
            try fields("Interval", &Interval)
            try fields("Timeout", &Timeout)
            try fields("StartPeriod", &StartPeriod)
            try fields("StartInterval", &StartInterval)
            try fields("Retries", &Retries)
        }
    }

    /// `{}`: the value of a set's members.
    public struct Empty: JSONRecord, Equatable {
        public var unknown = JSONObject()
        public init() {}
        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {}
    }

    public struct RootFileSystem: JSONRecord, Equatable {
        public var type = "layers"
        /// Of the uncompressed layers, the lowest first.
        public var diff_ids: [String] = []
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("type", &type)
            try fields("diff_ids", &diff_ids)
        }
    }

    /// What made a layer, or changed the configuration alone.
    public struct History: JSONRecord, Equatable {
        public var created: String?
        public var created_by: String?
        public var author: String?
        public var comment: String?
        public var empty_layer: Bool?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("created", &created)
            try fields("created_by", &created_by)
            try fields("author", &author)
            try fields("comment", &comment)
            try fields("empty_layer", &empty_layer)
        }
    }
}
