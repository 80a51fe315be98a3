internal import Linux

/// CRIU, which writes processes to disk and brings them back. criu(8).
enum Criu {
    /// - Throws: where it is not installed.
    static func find() throws(RuntimeError) -> String {
        // Engines may have a PATH without it.
        let path = "PATH=" + (Environment.value("PATH").map { $0 + ":" } ?? "") + "/usr/local/sbin:/usr/sbin:/sbin"
        if let program = try? CommandLookup.find("criu", environment: [path]), program.hasPrefix("/") { return program }
        throw RuntimeError("criu is not installed, and checkpoints are its work; install the package criu")
    }

    /// The first error in its log, which says more than its exit code.
    static func reason(in log: String) -> String {
        let text = (try? File.readText(log, limit: 64 << 20)) ?? ""
        let line = text.split(separator: "\n").first { $0.includes("Error (") }
        guard let line else { return "see \(log)" }
        // `(00.000213) Error (criu/x.c:5): what`
        let parts = line.split(separator: ")", maxSplits: 2)
        let what = parts.count == 3 ? parts[2].drop { $0 == ":" || $0 == " " } : line
        return "\(what); see \(log)"
    }
}

/// The flags of `checkpoint` and `restore` that both have.
package struct CriuOptions: Sendable {
    /// Absolute.
    package var images = ""
    /// For the log; nil is the images' directory.
    package var work: String?
    package var tcpEstablished = false
    package var externalUnixSockets = false
    package var shellJob = false
    package var fileLocks = false
    package var emptyNetwork = false
    package var autoDeduplication = false
    package var lazyPages = false
    package var skipsInFlight = false
    package var remapsLinks = false

    package init() {}

    func log(_ name: String) -> String { "\(work ?? images)/\(name)" }

    func arguments(log name: String) -> [String] {
        var arguments = [
            "--images-dir", images, "--work-dir", work ?? images, "--log-file", name, "-v4", "--manage-cgroups=ignore",
        ]
        for (isOn, flag) in [
            (tcpEstablished, "--tcp-established"), (externalUnixSockets, "--ext-unix-sk"), (shellJob, "--shell-job"),
            (fileLocks, "--file-locks"), (emptyNetwork, "--empty-ns=net"), (autoDeduplication, "--auto-dedup"),
            (lazyPages, "--lazy-pages"), (skipsInFlight, "--skip-in-flight"), (remapsLinks, "--link-remap"),
        ] where isOn { arguments.append(flag) }
        return arguments
    }
}
