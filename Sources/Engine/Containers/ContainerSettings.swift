package import JSON

/// What hako itself has to know of a container later on, beside its OCI configuration; kept in the database.
package struct ContainerSettings: JSONRecord, Equatable {
    /// Standard input stays open for those who attach.
    package var interactive = false
    package var terminal = false
    /// A reaping init stands before the command: `--init`.
    package var reaper = false
    package var stopSignal: Int32?
    /// Seconds between the stop signal and SIGKILL; -1 waits for ever.
    package var stopTimeout: Int?
    package var labels: [String: String]?
    /// The limit of memory, in bytes.
    package var memory: Int64?
    package var unknown = JSONObject()

    package init() {}

    package init(_ options: RunOptions) {
        interactive = options.interactive
        terminal = options.terminal
        reaper = options.reaper
        stopSignal = options.stopSignal
        stopTimeout = options.stopTimeout
        labels = options.labels.isEmpty ? nil : options.labels
        memory = options.resources.memory
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("interactive", &interactive)
        try fields("terminal", &terminal)
        try fields("reaper", &reaper)
        try fields("stopSignal", &stopSignal)
        try fields("stopTimeout", &stopTimeout)
        try fields("labels", &labels)
        try fields("memory", &memory)
    }
}
