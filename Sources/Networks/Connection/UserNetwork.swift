package import JSON
internal import Linux

/// A plain user's network: a program outside that passes on, as the user's own, what the container sends.
package struct UserNetwork: JSONRecord, Equatable {
    /// `pasta` or `slirp4netns`.
    package var program = ""
    /// Its own options.
    package var options: [String] = []
    /// Of the user's networks: each port that something listens at in there is the host's as well.
    package var forwardsListening = false
    package var unknown = JSONObject()

    package init() {}

    package init(program: String, options: [String]) {
        self.program = program
        self.options = options
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("program")
        try fields("program", &program)
        try fields("options", &options)
    }

    /// In the order in which they are preferred.
    private static let programs = ["pasta", "slirp4netns"]

    /// The one that is installed.
    package static var installed: String? { programs.first { path(of: $0) != nil } }

    static func path(of program: String) -> String? {
        for directory in (Environment.value("PATH") ?? "/usr/bin").split(separator: ":") where directory.hasPrefix("/") {
            if File.exists("\(directory)/\(program)") { return "\(directory)/\(program)" }
        }
        return nil
    }

    /// Where the container asks for names when the host's servers are on the host's own loopback; slirp4netns has another.
    package static let nameServer = IPAddress("169.254.1.1")!
}
