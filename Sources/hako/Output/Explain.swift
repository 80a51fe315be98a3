internal import Engine
internal import Linux

/// `--explain`: every step that makes a container, as text on standard error, or as a Chrome trace in a file.
enum Explain {
    /// Set once, before anything else is done.
    nonisolated(unsafe) private static var file: (path: String, sink: CInt)?

    /// - Parameter destination: `-` for standard error; otherwise a file that gets a JSON array of trace events.
    static func start(_ destination: String) throws(EngineError) {
        // A reader that leaves early ends the trace, not the run.
        Signals.ignorePipe()
        let origin = Trace.now()
        if destination == "-" {
            // A number of its own, which the container's monitor gets too.
            let sink = try attempt("explain on standard error") { () throws(SystemError) in
                try StandardStreams.duplicateError()
            }
            Trace.start(into: sink.release(), format: .text, origin: origin, actor: "hako")
            return
        }
        let path = destination.hasPrefix("/") ? destination : "\(try currentDirectory())/\(destination)"
        // Events go to a file without a name, so that the one with the name is whole whenever it is there, also when the
        // monitor goes on after hako.
        let scratch = "\(path).\(Processes.id).part"
        let sink = try attempt("write the trace \(path)", hint: "give --explain a file in a directory you may write to") {
            () throws(SystemError) in
            let sink = try File.open(scratch, [.readWrite, .create, .exclusive, .append], mode: 0o600)
            try File.remove(scratch)
            return sink
        }
        let raw = sink.release()
        unsafe file = (path, raw)
        Trace.start(into: raw, format: .chrome, origin: origin, actor: "hako")
    }

    static var isOn: Bool { unsafe Trace.isOn }

    /// Makes the JSON file of the events so far.
    static func finish() {
        Trace.stop()
        guard let file = unsafe file else { return }
        do throws(SystemError) {
            var bytes = try File.open("/proc/self/fd/\(file.sink)", .read).readToEnd(limit: 1 << 30)
            // Only whole lines: a monitor may be in the middle of one.
            while let last = bytes.last, last != 10 { bytes.removeLast() }
            try File.replace(
                file.path, with: Array("[\n".utf8) + bytes + Array((names + "\n]\n").utf8), mode: 0o644, durable: false)
        } catch {
            Report.error("cannot write the trace \(file.path): \(error.errno)")
        }
    }

    /// Metadata events that name the lanes of a trace viewer.
    private static var names: String {
        [(1, "hako"), (2, "monitor"), (3, "init"), (4, "other")].map { lane, name in
            "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":\(lane),\"tid\":\(lane),\"args\":{\"name\":\"\(name)\"}}"
        }.joined(separator: ",\n")
    }
}
