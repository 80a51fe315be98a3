/// A container's configuration: `config.json` of an OCI bundle (runtime-spec v1.3, config.md).
///
/// Pure values. Every field is optional where the specification allows it to be absent, so that what is written
/// is what was read.
public struct Spec: Codable, Sendable, Equatable {
    /// The version of the specification the bundle follows, such as `1.0.2`.
    public var ociVersion = "1.2.0"
    public var process: Process?
    public var root: Root?
    public var hostname: String?
    public var domainname: String?
    public var mounts: [Mount]?
    public var hooks: Hooks?
    public var annotations: [String: String]?
    public var linux: LinuxSpec?

    public init() {}
}

/// The container's root file system (config.md, Root).
public struct Root: Codable, Sendable, Equatable {
    /// Absolute, or relative to the bundle.
    public var path: String
    public var readonly: Bool?

    public init(path: String, readonly: Bool? = nil) {
        self.path = path
        self.readonly = readonly
    }
}

/// One mount, in the order in which it is made (config.md, Mounts).
public struct Mount: Codable, Sendable, Equatable {
    public var destination: String
    public var type: String?
    public var source: String?
    public var options: [String]?
    /// With `gidMappings`: the mount is id-mapped so, instead of through the container's user namespace.
    public var uidMappings: [IDMapping]?
    public var gidMappings: [IDMapping]?

    public init(destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil) {
        self.destination = destination
        self.type = type
        self.source = source
        self.options = options
    }
}

/// A range of ids inside a user namespace and the host's ids behind it (config-linux.md, User namespace mappings).
public struct IDMapping: Codable, Sendable, Equatable {
    public var containerID: UInt32
    public var hostID: UInt32
    public var size: UInt32

    public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
        self.containerID = containerID
        self.hostID = hostID
        self.size = size
    }
}

/// Programs run at fixed points of a container's life (config.md, POSIX-platform Hooks).
public struct Hooks: Codable, Sendable, Equatable {
    public var prestart: [Hook]?
    public var createRuntime: [Hook]?
    public var createContainer: [Hook]?
    public var startContainer: [Hook]?
    public var poststart: [Hook]?
    public var poststop: [Hook]?

    public init() {}

    /// The name of a list that is not empty; nil when none is.
    public var firstUsed: String? {
        let lists = [
            ("prestart", prestart), ("createRuntime", createRuntime), ("createContainer", createContainer),
            ("startContainer", startContainer), ("poststart", poststart), ("poststop", poststop),
        ]
        return lists.first { $0.1?.isEmpty == false }?.0
    }
}

/// One hook; `timeout` is in seconds.
public struct Hook: Codable, Sendable, Equatable {
    public var path: String
    public var args: [String]?
    public var env: [String]?
    public var timeout: Int?

    public init(path: String) { self.path = path }
}

/// A container's state as `state` prints it and hooks read it (runtime.md, State).
public struct ContainerState: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable { case creating, created, running, stopped, paused }

    public var ociVersion: String
    public var id: String
    public var status: Status
    /// Absent, or 0, when the container has stopped.
    public var pid: Int32?
    public var bundle: String
    public var annotations: [String: String]?

    public init(id: String, status: Status, pid: Int32?, bundle: String, annotations: [String: String]? = nil) {
        self.ociVersion = "1.2.0"
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }
}
