public import JSON

/// The Linux part of a configuration (config-linux.md).
public struct LinuxSpec: JSONRecord, Equatable {
    public var namespaces: [Namespace]?
    public var uidMappings: [IDMapping]?
    public var gidMappings: [IDMapping]?
    /// By clock: `monotonic`, `boottime`.
    public var timeOffsets: [String: TimeOffset]?
    public var devices: [Device]?
    public var cgroupsPath: String?
    public var resources: Resources?
    public var rootfsPropagation: String?
    public var seccomp: Seccomp?
    public var sysctl: [String: String]?
    public var maskedPaths: [String]?
    public var readonlyPaths: [String]?
    public var mountLabel: String?
    public var personality: Personality?
    /// The host's network devices that become the container's, by their names on the host.
    public var netDevices: [String: NetDevice]?
    public var intelRdt: JSONValue?
    public var memoryPolicy: MemoryPolicy?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("namespaces", &namespaces)
        try fields("uidMappings", &uidMappings)
        try fields("gidMappings", &gidMappings)
        try fields("timeOffsets", &timeOffsets)
        try fields("devices", &devices)
        try fields("cgroupsPath", &cgroupsPath)
        try fields("resources", &resources)
        try fields("rootfsPropagation", &rootfsPropagation)
        try fields("seccomp", &seccomp)
        try fields("sysctl", &sysctl)
        try fields("maskedPaths", &maskedPaths)
        try fields("readonlyPaths", &readonlyPaths)
        try fields("mountLabel", &mountLabel)
        try fields("personality", &personality)
        try fields("netDevices", &netDevices)
        try fields("intelRdt", &intelRdt)
        try fields("memoryPolicy", &memoryPolicy)
    }
}

/// A network device's name inside; absent is the one it has (config-linux.md, Network Devices).
public struct NetDevice: JSONRecord, Equatable {
    public var name: String?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) { try fields("name", &name) }
}

public struct Namespace: JSONRecord, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case pid, network, mount, ipc, uts, user, cgroup, time
    }

    public var type: Kind = .pid
    /// When set, the namespace to join; otherwise a new one is made.
    public var path: String?
    public var unknown = JSONObject()

    public init(_ type: Kind, path: String? = nil) {
        self.type = type
        self.path = path
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("type")
        try fields("type", &type)
        try fields("path", &path)
    }
}

public struct TimeOffset: JSONRecord, Equatable {
    public var secs: Int64?
    public var nanosecs: UInt32?
    public var unknown = JSONObject()

    public init(secs: Int64?, nanosecs: UInt32?) {
        self.secs = secs
        self.nanosecs = nanosecs
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("secs", &secs)
        try fields("nanosecs", &nanosecs)
    }
}

/// A device node to make in the container.
public struct Device: JSONRecord, Equatable {
    /// `c`, `b`, `u` or `p`.
    public var type = ""
    public var path = ""
    public var major: Int64?
    public var minor: Int64?
    public var fileMode: UInt32?
    public var uid: UInt32?
    public var gid: UInt32?
    public var unknown = JSONObject()

    public init(type: String, path: String, major: Int64? = nil, minor: Int64? = nil) {
        self.type = type
        self.path = path
        self.major = major
        self.minor = minor
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("type", "path")
        try fields("type", &type)
        try fields("path", &path)
        try fields("major", &major)
        try fields("minor", &minor)
        try fields("fileMode", &fileMode)
        try fields("uid", &uid)
        try fields("gid", &gid)
    }
}

public struct Personality: JSONRecord, Equatable {
    public var domain = ""
    public var flags: [String]?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("domain", &domain)
        try fields("flags", &flags)
    }
}

/// The NUMA memory policy (config-linux.md, Memory policy).
public struct MemoryPolicy: JSONRecord, Equatable {
    public var mode = ""
    /// Such as `0-3,7`.
    public var nodes: String?
    public var flags: [String]?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("mode")
        try fields("mode", &mode)
        try fields("nodes", &nodes)
        try fields("flags", &flags)
    }
}

/// A system call filter (config-linux.md, Seccomp).
public struct Seccomp: JSONRecord, Equatable {
    public var defaultAction = ""
    public var defaultErrnoRet: UInt32?
    public var architectures: [String]?
    public var flags: [String]?
    public var listenerPath: String?
    public var listenerMetadata: String?
    public var syscalls: [SeccompRule]?
    public var unknown = JSONObject()

    public init(defaultAction: String) { self.defaultAction = defaultAction }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("defaultAction")
        try fields("defaultAction", &defaultAction)
        try fields("defaultErrnoRet", &defaultErrnoRet)
        try fields("architectures", &architectures)
        try fields("flags", &flags)
        try fields("listenerPath", &listenerPath)
        try fields("listenerMetadata", &listenerMetadata)
        try fields("syscalls", &syscalls)
    }
}

public struct SeccompRule: JSONRecord, Equatable {
    public var names: [String] = []
    public var action = ""
    public var errnoRet: UInt32?
    public var args: [SeccompArgument]?
    public var unknown = JSONObject()

    public init(names: [String], action: String, errnoRet: UInt32? = nil, args: [SeccompArgument]? = nil) {
        self.names = names
        self.action = action
        self.errnoRet = errnoRet
        self.args = args
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("names", "action")
        try fields("names", &names)
        try fields("action", &action)
        try fields("errnoRet", &errnoRet)
        try fields("args", &args)
    }
}

public struct SeccompArgument: JSONRecord, Equatable {
    public var index: UInt32 = 0
    public var value: UInt64 = 0
    public var valueTwo: UInt64?
    public var op = ""
    public var unknown = JSONObject()

    public init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: String) {
        self.index = index
        self.value = value
        self.valueTwo = valueTwo
        self.op = op
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("index", "value", "op")
        try fields("index", &index)
        try fields("value", &value)
        try fields("valueTwo", &valueTwo)
        try fields("op", &op)
    }
}
