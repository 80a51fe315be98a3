package import JSON

/// What a container's monitor does besides watching: `monitor.json` in the bundle, which is missing where there is nothing.
///
/// It is read at each end: `hako update` replaces it while the container runs.
package struct MonitorPolicy: JSONRecord, Equatable, Sendable {
    package var restart: RestartPolicy?
    package var health: HealthCheck?
    /// The signal that asks the container to end, and the seconds it has then.
    package var stopSignal: Int32?
    package var stopTimeout: Int?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("restart", &restart)
        try fields("health", &health)
        try fields("stopSignal", &stopSignal)
        try fields("stopTimeout", &stopTimeout)
    }

    package static func path(_ bundle: String) -> String { "\(bundle)/monitor.json" }
}

/// Whether a container that has ended starts again, as with docker.
package struct RestartPolicy: JSONRecord, Equatable, Sendable {
    package enum Name: String, Sendable, CaseIterable {
        case no
        case onFailure = "on-failure"
        case always
        case unlessStopped = "unless-stopped"
    }

    /// A `Name`.
    package var name = Name.no.rawValue
    /// Of `on-failure`; zero is without end.
    package var maximumRetryCount = 0
    package var unknown = JSONObject()

    package init() {}

    package init(_ name: Name, maximumRetryCount: Int = 0) {
        self.name = name.rawValue
        self.maximumRetryCount = maximumRetryCount
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name")
        try fields("name", &name)
        try fields("maximumRetryCount", &maximumRetryCount)
    }

    package var kind: Name { Name(rawValue: name) ?? .no }

    /// - Parameters:
    ///   - code: how it ended.
    ///   - count: how often it was started again before.
    package func restarts(after code: Int32, count: Int) -> Bool {
        switch kind {
        case .no: false
        case .always, .unlessStopped: true
        case .onFailure: code != 0 && (maximumRetryCount == 0 || count < maximumRetryCount)
        }
    }
}

/// How often a container was started again, and by whom it will be: `restarts.json` in the bundle.
package struct RestartRecord: JSONRecord, Equatable, Sendable {
    package var count = 0
    /// The monitor waits to start it again.
    package var isWaiting = false
    /// The monitor's process, with its start time in clock ticks since boot.
    package var monitor: Int32 = 0
    package var monitorStart: UInt64 = 0
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("count", &count)
        try fields("waiting", &isWaiting)
        try fields("monitor", &monitor)
        try fields("monitorStart", &monitorStart)
    }

    package static func path(_ bundle: String) -> String { "\(bundle)/restarts.json" }
}
