public import JSON

/// A container's configuration: `config.json` of an OCI bundle (runtime-spec v1.3, config.md).
///
/// Pure values. Every field is optional where the specification allows it to be absent, so that what is written
/// is what was read.
public struct Spec: JSONRecord, Equatable {
    /// The version of the specification the bundle follows, such as `1.0.2`.
    public var ociVersion = "1.3.0"
    public var process: Process?
    public var root: Root?
    public var hostname: String?
    public var domainname: String?
    public var mounts: [Mount]?
    public var hooks: Hooks?
    public var annotations: [String: String]?
    public var linux: LinuxSpec?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("ociVersion")
        try fields("ociVersion", &ociVersion)
        try fields("process", &process)
        try fields("root", &root)
        try fields("hostname", &hostname)
        try fields("domainname", &domainname)
        try fields("mounts", &mounts)
        try fields("hooks", &hooks)
        try fields("annotations", &annotations)
        try fields("linux", &linux)
    }
}

/// The container's root file system (config.md, Root).
public struct Root: JSONRecord, Equatable {
    /// Absolute, or relative to the bundle.
    public var path = ""
    public var readonly: Bool?
    public var unknown = JSONObject()

    public init(path: String, readonly: Bool? = nil) {
        self.path = path
        self.readonly = readonly
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("path")
        try fields("path", &path)
        try fields("readonly", &readonly)
    }
}

/// One mount, in the order in which it is made (config.md, Mounts).
public struct Mount: JSONRecord, Equatable {
    public var destination = ""
    public var type: String?
    public var source: String?
    public var options: [String]?
    /// With `gidMappings`: the mount is id-mapped so, instead of through the container's user namespace.
    public var uidMappings: [IDMapping]?
    public var gidMappings: [IDMapping]?
    public var unknown = JSONObject()

    public init(destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil) {
        self.destination = destination
        self.type = type
        self.source = source
        self.options = options
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("destination")
        try fields("destination", &destination)
        try fields("type", &type)
        try fields("source", &source)
        try fields("options", &options)
        try fields("uidMappings", &uidMappings)
        try fields("gidMappings", &gidMappings)
    }
}

/// A range of ids inside a user namespace and the host's ids behind it (config-linux.md, User namespace mappings).
public struct IDMapping: JSONRecord, Equatable {
    public var containerID: UInt32 = 0
    public var hostID: UInt32 = 0
    public var size: UInt32 = 0
    public var unknown = JSONObject()

    public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
        self.containerID = containerID
        self.hostID = hostID
        self.size = size
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("containerID", "hostID", "size")
        try fields("containerID", &containerID)
        try fields("hostID", &hostID)
        try fields("size", &size)
    }
}

extension IDMapping {
    /// The host's id behind one of the container's; nil where none is.
    public static func host(_ id: UInt32, in maps: [IDMapping]) -> UInt32? {
        maps.first { id >= $0.containerID && UInt64(id) < UInt64($0.containerID) + UInt64($0.size) }
            .map { id - $0.containerID + $0.hostID }
    }
}

/// Programs run at fixed points of a container's life (config.md, POSIX-platform Hooks).
public struct Hooks: JSONRecord, Equatable {
    public var prestart: [Hook]?
    public var createRuntime: [Hook]?
    public var createContainer: [Hook]?
    public var startContainer: [Hook]?
    public var poststart: [Hook]?
    public var poststop: [Hook]?
    public var unknown = JSONObject()

    public init() {}

    /// All of them by kind, in the order in which they run.
    public var all: [(kind: String, hooks: [Hook])] {
        [
            ("prestart", prestart ?? []), ("createRuntime", createRuntime ?? []), ("createContainer", createContainer ?? []),
            ("startContainer", startContainer ?? []), ("poststart", poststart ?? []), ("poststop", poststop ?? []),
        ]
    }

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("prestart", &prestart)
        try fields("createRuntime", &createRuntime)
        try fields("createContainer", &createContainer)
        try fields("startContainer", &startContainer)
        try fields("poststart", &poststart)
        try fields("poststop", &poststop)
    }
}

/// One hook; `timeout` is in seconds.
public struct Hook: JSONRecord, Equatable {
    public var path = ""
    public var args: [String]?
    public var env: [String]?
    public var timeout: Int?
    public var unknown = JSONObject()

    public init(path: String) { self.path = path }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("path")
        try fields("path", &path)
        try fields("args", &args)
        try fields("env", &env)
        try fields("timeout", &timeout)
    }
}

/// A container's state as `state` prints it and hooks read it (runtime.md, State).
public struct ContainerState: JSONRecord, Equatable {
    public enum Status: String, Sendable, CaseIterable { case creating, created, running, stopped, paused }

    public var ociVersion = ""
    public var id = ""
    public var status: Status = .stopped
    /// Absent, or 0, when the container has stopped.
    public var pid: Int32?
    public var bundle = ""
    public var annotations: [String: String]?
    public var unknown = JSONObject()

    public init(id: String, status: Status, pid: Int32?, bundle: String, annotations: [String: String]? = nil) {
        self.ociVersion = "1.3.0"
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("ociVersion", &ociVersion)
        try fields("id", &id)
        try fields("status", &status)
        try fields("pid", &pid)
        try fields("bundle", &bundle)
        try fields("annotations", &annotations)
    }
}
