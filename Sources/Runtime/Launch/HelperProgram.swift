internal import Linux

/// Runs a small program of the host's and collects what it says on standard error.
enum HelperProgram {
    /// The output is bounded; the program has no standard input.
    static func run(_ path: String, _ arguments: [String]) throws(RuntimeError) -> (code: Int32, output: String) {
        let sockets = try explaining("make a socket pair") { () throws(SystemError) in try Sockets.pair(.stream) }
        switch try explaining("start \(path)", { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .child:
            let end = sockets.keepFar()
            do throws(SystemError) {
                Signals.resetAll()
                let null = try File.open("/dev/null", .readWrite)
                try Processes.assign(null.raw, to: 0)
                try Processes.assign(null.raw, to: 1)
                try Processes.assign(end.raw, to: 2)
                try Processes.execute(path, arguments: arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
            } catch {
                Processes.exitNow(127)
            }
        case .parent(let child):
            let end = sockets.keepNear()
            let output = (try? end.readToEnd(limit: 65536)) ?? []
            let code = try explaining("wait for \(path)") { () throws(SystemError) in try Processes.wait(for: child) }
            return (code, String(decoding: output, as: UTF8.self))
        }
    }
}
