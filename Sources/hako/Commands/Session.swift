internal import Engine
internal import Linux
internal import Runtime

/// One user at one container: carries it through, says how it ended, and gives its exit code.
struct Session {
    let engine: Engine
    let record: ContainerRecord
    let settings: ContainerSettings
    /// A container that `run` made and that could not start is of no use to anyone.
    var removesWhenFailed = false

    init(_ engine: Engine, _ record: ContainerRecord, _ settings: ContainerSettings) {
        self.engine = engine
        self.record = record
        self.settings = settings
    }

    /// `--sig-proxy`: whether signals go to the command. Nil is the default, yes.
    static func forwardsSignals(_ flag: String?) throws(EngineError) -> Bool {
        guard let flag else { return true }
        guard let answer = Numbers.boolean(flag) else { throw EngineError.value("--sig-proxy", flag, "it is true or false") }
        return answer
    }

    /// Until it ends or is left.
    func accompany(
        _ attachment: consuming Attachment, input: Bool, forwardsSignals: Bool, keys: DetachKeys, output: Bool = true
    ) throws(EngineError) -> Int32 {
        var asked = AttachOptions()
        asked.input = input
        asked.terminal = settings.terminal
        asked.forwardsSignals = forwardsSignals
        asked.detachKeys = keys
        asked.output = output
        var client = try AttachClient.make(attachment, asked, warn: Report.warning)
        let outcome = try Trace.purpose("carry input and output") { () throws(EngineError) in try client.run(started: {}) }
        let code = try conclude(outcome)
        if Explain.isOn, case .exited = outcome { client.finish() } else { client.leave() }
        return code
    }

    /// Until it runs, or does not.
    func awaitStart(_ attachment: consuming Attachment, printing text: String) throws(EngineError) -> Int32 {
        var attachment = attachment
        while let message = attachment.next() {
            switch message {
            case .started:
                Report.line(text)
                return 0
            case .failed(let code, let message): return try conclude(.failed(code: code, message: message))
            case .warning(let text): Report.warning(text)
            default: break
            }
        }
        return try conclude(.lost)
    }

    private func conclude(_ outcome: AttachOutcome) throws(EngineError) -> Int32 {
        switch outcome {
        case .exited(let code, let outOfMemory):
            if outOfMemory {
                let limit = settings.memory.map { " (limit \(ByteSize.text($0)))" } ?? ""
                Report.error("container \(record.name) was killed: out of memory\(limit)")
            }
            try ContainerRemoval.discardEnded(record, engine, keepsCheckpointed: true)
            return code
        case .failed(let code, let message):
            Report.error(message)
            if removesWhenFailed || record.removes { try ContainerRemoval.discard(record.id, engine) }
            return Int32(code)
        case .detached: return 0
        case .interrupted(let signal): return 128 + signal
        case .lost:
            Report.error(
                "the monitor of container \(record.name) ended without telling how the container did; it was killed, or crashed")
            if record.removes { try ContainerRemoval.discard(record.id, engine) }
            return 125
        }
    }
}
