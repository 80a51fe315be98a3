import Flags
import Linux
import Runtime

/// Checks a port of a container from within its network: what a monitor runs, no command for people.
struct ProbeCommand: RuntimeCommand {
    static let name = "probe"
    static let summary = "Connect to a port of a container, or ask it something by HTTP."
    static let words = "ID PORT"
    static let wordCount = 2...2
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("host", of: "ADDRESS", help: "Where it listens (default: 127.0.0.1, ::1).") { $0.host = $1 },
                .value("path", of: "PATH", help: "Ask for this: an answer of 200 to 399 is well.") { $0.path = $1 },
                .value("header", of: "NAME:VALUE", help: "One more header.") { $0.headers.append($1) },
                .value("timeout", of: "MILLISECONDS", help: "Until when it has to answer (default: 1000).") { $0.timeout = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var host: String?
    var path: String?
    var headers: [String] = []
    var timeout: String?

    func run() throws -> Int32 {
        var probe = NetworkProbe()
        probe.port = UInt16(clamping: try wholeNumber(words[1], flag: "PORT"))
        probe.host = host
        probe.path = path
        for header in headers {
            let parts = header.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw UsageError("--header: \"\(header)\" is not NAME:VALUE") }
            probe.headers = (probe.headers ?? []) + [NetworkProbe.Header(String(parts[0]), String(parts[1]))]
        }
        let milliseconds = UInt64(max(1, try wholeNumber(timeout, flag: "--timeout", default: 1000)))
        var (text, code) = ("", Int32(0))
        do throws(RuntimeError) {
            text = try ProbeClient.run(probe, id: words[0], milliseconds: milliseconds, root: globals.root)
        } catch {
            (text, code) = (error.message, 1)
        }
        try StandardStreams.writeOutput("\(text)\n")
        return code
    }
}
