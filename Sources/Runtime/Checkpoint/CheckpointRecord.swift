package import JSON
internal import Linux

/// What a checkpoint is of: `checkpoint.json` beside CRIU's images.
package struct CheckpointRecord: JSONRecord, Equatable {
    /// The process that was written, by its id and its start in clock ticks since boot.
    package var pid: Int32 = 0
    package var startTime: UInt64 = 0
    /// RFC 3339.
    package var created = ""
    /// The processes went on afterwards.
    package var leavesRunning = false
    /// What CRIU was allowed when it wrote, and has to be allowed again.
    package var tcpEstablished = false
    package var externalUnixSockets = false
    package var fileLocks = false
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("pid", "startTime")
        try fields("pid", &pid)
        try fields("startTime", &startTime)
        try fields("created", &created)
        try fields("leavesRunning", &leavesRunning)
        try fields("tcpEstablished", &tcpEstablished)
        try fields("externalUnixSockets", &externalUnixSockets)
        try fields("fileLocks", &fileLocks)
    }

    /// Where a bundle has its checkpoint, and where one is while it is being written or taken away.
    package static func directory(_ bundle: String) -> String { "\(bundle)/checkpoint" }
    package static func stage(_ bundle: String) -> String { "\(bundle)/checkpoint.new" }

    package static func path(_ images: String) -> String { "\(images)/checkpoint.json" }

    /// Nil where there is no checkpoint, or none that is whole.
    package static func read(_ images: String) -> CheckpointRecord? {
        guard File.exists("\(images)/inventory.img"), let bytes = try? File.read(path(images), limit: 64 << 10) else {
            return nil
        }
        return try? CheckpointRecord(parsing: bytes)
    }

    /// Whether a container that was killed was so by CRIU, which had written it. The checkpoint has its name before CRIU kills.
    static func isEnd(of state: RuntimeState, code: Int32) -> Bool {
        guard code == 128 + Signals.kill, let record = read(directory(state.bundle)) else { return false }
        return !record.leavesRunning && record.pid == state.pid && record.startTime == state.startTime
    }
}

extension Checkpoint {
    /// Writes down what the images will be of.
    static func describe(_ request: Request, _ runtime: RuntimeState) throws(RuntimeError) {
        var record = CheckpointRecord()
        (record.pid, record.startTime, record.created) = (runtime.pid, runtime.startTime, WallClock.now())
        record.leavesRunning = request.leavesRunning
        record.tcpEstablished = request.criu.tcpEstablished
        record.externalUnixSockets = request.criu.externalUnixSockets
        record.fileLocks = request.criu.fileLocks
        let path = CheckpointRecord.path(request.criu.images)
        let bytes = record.json.bytes()
        // The commit brings it to disk, with all the images.
        try explaining("write \(path)") { () throws(SystemError) in
            try File.replace(path, with: bytes, mode: 0o600, durable: false)
        }
    }

    /// Where the commit finds what it is about. CRIU's action script is a program without arguments (criu(8), --action-script).
    package static let stageVariable = "HAKO_CHECKPOINT_STAGE"
    package static let targetVariable = "HAKO_CHECKPOINT_TARGET"

    /// Brings what was written to disk and gives it its name; an earlier one takes the stage's. CRIU runs this while the
    /// processes stand still, and kills them only then: at no moment is there neither a process nor a checkpoint.
    package static func commit() throws(RuntimeError) {
        // CRIU calls at every turn.
        guard Environment.value("CRTOOLS_SCRIPT_ACTION") == "post-dump" else { return }
        guard let stage = Environment.value(stageVariable), let target = Environment.value(targetVariable) else {
            throw RuntimeError("\(stageVariable) and \(targetVariable) are not set; this is run by criu")
        }
        try explaining("keep the checkpoint \(target)") { () throws(SystemError) in
            try File.open(stage, [.read, .directory]).synchronizeFileSystem()
            if File.exists(target) { try File.exchange(stage, target) } else { try File.rename(stage, to: target) }
            try File.synchronizeDirectory(of: target)
        }
    }
}
