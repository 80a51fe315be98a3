package import JSON

/// How a container ended: `exit.json`, written by its monitor.
package struct ExitRecord: JSONRecord, Equatable {
    package var exitCode: Int32 = 0
    /// The signal that ended it, if one did.
    package var signal: Int32?
    package var outOfMemory = false
    /// RFC 3339.
    package var startedAt = ""
    package var finishedAt = ""
    /// It did not end by itself: a checkpoint was written of it.
    package var checkpointed: Bool?
    /// Why it could not be started again.
    package var error: String?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("exitCode")
        try fields("exitCode", &exitCode)
        try fields("signal", &signal)
        try fields("outOfMemory", &outOfMemory)
        try fields("startedAt", &startedAt)
        try fields("finishedAt", &finishedAt)
        try fields("checkpointed", &checkpointed)
        try fields("error", &error)
    }

    package static let name = "exit.json"

    /// - Parameter directory: the bundle; the container's state directory where the disk takes no more.
    package static func path(_ directory: String) -> String { "\(directory)/\(name)" }
}
