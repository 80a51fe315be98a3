package import JSON

/// The command that says whether a container is well, as docker's images and flags have it. Times are in nanoseconds.
package struct HealthCheck: JSONRecord, Equatable, Sendable {
    /// What is done to a container that is not well.
    package enum Action: String, Sendable, CaseIterable { case none, kill, restart, stop }

    /// What says that it has started: until then nothing else is asked, as with Kubernetes' startupProbe.
    package struct Startup: JSONRecord, Equatable, Sendable {
        package var command: [String]?
        package var probe: NetworkProbe?
        /// Before the first.
        package var delay: Int64 = 0
        package var interval: Int64 = 10_000_000_000
        package var timeout: Int64 = 1_000_000_000
        /// As many failures in a row, and it is unhealthy.
        package var retries = 3
        package var unknown = JSONObject()

        package init() {}

        package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("command", &command)
            try fields("probe", &probe)
            try fields("delay", &delay)
            try fields("interval", &interval)
            try fields("timeout", &timeout)
            try fields("retries", &retries)
        }
    }

    /// The words of the command, run in the container; empty where the check is a probe, or only of the start.
    package var command: [String] = []
    /// In place of a command: made by the runtime itself, from within the container's network.
    package var probe: NetworkProbe?
    package var startup: Startup?
    package var interval: Int64 = 30_000_000_000
    package var timeout: Int64 = 30_000_000_000
    /// Failures in this time after the start do not count.
    package var startPeriod: Int64 = 0
    /// Between checks in the start period.
    package var startInterval: Int64 = 5_000_000_000
    /// As many failures in a row make it unhealthy.
    package var retries = 3
    /// An `Action`.
    package var onFailure = Action.none.rawValue
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("command", &command)
        try fields("probe", &probe)
        try fields("startup", &startup)
        try fields("interval", &interval)
        try fields("timeout", &timeout)
        try fields("startPeriod", &startPeriod)
        try fields("startInterval", &startInterval)
        try fields("retries", &retries)
        try fields("onFailure", &onFailure)
    }

    package var action: Action { Action(rawValue: onFailure) ?? .none }
}

/// How a container is: `health.json` in the bundle, written after each check.
package struct HealthRecord: JSONRecord, Equatable, Sendable {
    package enum Status: String, Sendable { case starting, healthy, unhealthy }

    package struct Check: JSONRecord, Equatable, Sendable {
        /// RFC 3339.
        package var start = ""
        package var end = ""
        /// -1 where it took too long.
        package var exitCode: Int32 = 0
        /// The beginning of what it printed.
        package var output = ""
        package var unknown = JSONObject()

        package init() {}

        package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("start", &start)
            try fields("end", &end)
            try fields("exitCode", &exitCode)
            try fields("output", &output)
        }
    }

    /// A `Status`.
    package var status = Status.starting.rawValue
    package var failingStreak = 0
    /// The last five.
    package var log: [Check] = []
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("status", &status)
        try fields("failingStreak", &failingStreak)
        try fields("log", &log)
    }

    package static func path(_ bundle: String) -> String { "\(bundle)/health.json" }

    /// Counts a check.
    ///
    /// - Parameter countsFailure: false in the start period.
    package mutating func add(_ check: Check, retries: Int, countsFailure: Bool) {
        log = log.suffix(4) + [check]
        if check.exitCode == 0 {
            status = Status.healthy.rawValue
            failingStreak = 0
        } else if countsFailure || status != Status.starting.rawValue {
            failingStreak += 1
            if failingStreak >= max(retries, 1) { status = Status.unhealthy.rawValue }
        }
    }
}
