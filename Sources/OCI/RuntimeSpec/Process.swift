public import JSON

/// What runs in the container (config.md, Process).
public struct Process: JSONRecord, Equatable {
    public var terminal: Bool?
    public var consoleSize: ConsoleSize?
    public var user: User?
    public var args: [String]?
    public var env: [String]?
    /// Absolute, inside the container.
    public var cwd = ""
    public var capabilities: Capabilities?
    public var rlimits: [Rlimit]?
    public var noNewPrivileges: Bool?
    public var apparmorProfile: String?
    public var selinuxLabel: String?
    public var oomScoreAdj: Int?
    public var scheduler: Scheduler?
    public var ioPriority: IOPriority?
    public var execCPUAffinity: ExecCPUAffinity?
    public var unknown = JSONObject()

    public init(args: [String] = [], cwd: String = "/") {
        self.args = args
        self.cwd = cwd
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("cwd")
        try fields("terminal", &terminal)
        try fields("consoleSize", &consoleSize)
        try fields("user", &user)
        try fields("args", &args)
        try fields("env", &env)
        try fields("cwd", &cwd)
        try fields("capabilities", &capabilities)
        try fields("rlimits", &rlimits)
        try fields("noNewPrivileges", &noNewPrivileges)
        try fields("apparmorProfile", &apparmorProfile)
        try fields("selinuxLabel", &selinuxLabel)
        try fields("oomScoreAdj", &oomScoreAdj)
        try fields("scheduler", &scheduler)
        try fields("ioPriority", &ioPriority)
        try fields("execCPUAffinity", &execCPUAffinity)
    }
}

public struct ConsoleSize: JSONRecord, Equatable {
    public var height: UInt16 = 0
    public var width: UInt16 = 0
    public var unknown = JSONObject()

    public init(height: UInt16, width: UInt16) {
        self.height = height
        self.width = width
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("height", "width")
        try fields("height", &height)
        try fields("width", &width)
    }
}

/// Ids as seen inside the container.
public struct User: JSONRecord, Equatable {
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    public var umask: UInt32?
    public var additionalGids: [UInt32]?
    public var unknown = JSONObject()

    public init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
        self.uid = uid
        self.gid = gid
        self.umask = umask
        self.additionalGids = additionalGids
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("uid", &uid)
        try fields("gid", &gid)
        try fields("umask", &umask)
        try fields("additionalGids", &additionalGids)
    }
}

/// The five capability sets, by name (`CAP_CHOWN`).
public struct Capabilities: JSONRecord, Equatable {
    public var bounding: [String]?
    public var effective: [String]?
    public var inheritable: [String]?
    public var permitted: [String]?
    public var ambient: [String]?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("bounding", &bounding)
        try fields("effective", &effective)
        try fields("inheritable", &inheritable)
        try fields("permitted", &permitted)
        try fields("ambient", &ambient)
    }
}

public struct Rlimit: JSONRecord, Equatable {
    /// `RLIMIT_NOFILE` and so on.
    public var type = ""
    public var soft: UInt64 = 0
    public var hard: UInt64 = 0
    public var unknown = JSONObject()

    public init(type: String, soft: UInt64, hard: UInt64) {
        self.type = type
        self.soft = soft
        self.hard = hard
    }

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("type", "soft", "hard")
        try fields("type", &type)
        try fields("soft", &soft)
        try fields("hard", &hard)
    }
}

public struct Scheduler: JSONRecord, Equatable {
    public var policy = ""
    public var nice: Int32?
    public var priority: Int32?
    public var flags: [String]?
    public var runtime: UInt64?
    public var deadline: UInt64?
    public var period: UInt64?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("policy", &policy)
        try fields("nice", &nice)
        try fields("priority", &priority)
        try fields("flags", &flags)
        try fields("runtime", &runtime)
        try fields("deadline", &deadline)
        try fields("period", &period)
    }
}

public struct IOPriority: JSONRecord, Equatable {
    public var `class` = ""
    public var priority: Int32 = 0
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("class", &`class`)
        try fields("priority", &priority)
    }
}

public struct ExecCPUAffinity: JSONRecord, Equatable {
    public var initial: String?
    public var final: String?
    public var unknown = JSONObject()

    public init() {}

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("initial", &initial)
        try fields("final", &final)
    }
}
