internal import JSON
package import OCI
package import Runtime

/// `--health-*`, as text; nil where nothing was said.
package struct HealthRequest: Sendable, Equatable {
    package var command: String?
    package var interval: String?
    package var timeout: String?
    package var retries: String?
    package var startPeriod: String?
    package var startInterval: String?
    package var onFailure: String?
    /// Of Kubernetes' files: a check by the runtime itself in place of a command, and what comes before it.
    package var probe: NetworkProbe?
    package var startup: HealthCheck.Startup?
    /// `--no-healthcheck`: the image's does not count.
    package var isOff = false

    package init() {}

    /// The check there is, from the image's and what was asked; nil for none.
    package func check(image: ImageConfig.Healthcheck?) throws(EngineError) -> HealthCheck? {
        if isOff {
            guard self == Self.off else { throw EngineError("--no-healthcheck and other --health flags contradict each other") }
            return nil
        }
        var check = HealthCheck()
        check.command = probe != nil ? [] : try command.map(Self.words) ?? image?.Test.map(Self.words) ?? []
        check.probe = probe
        check.startup = startup
        if let nanoseconds = image?.Interval, nanoseconds > 0 { check.interval = nanoseconds }
        if let nanoseconds = image?.Timeout, nanoseconds > 0 { check.timeout = nanoseconds }
        if let nanoseconds = image?.StartPeriod, nanoseconds > 0 { check.startPeriod = nanoseconds }
        if let nanoseconds = image?.StartInterval, nanoseconds > 0 { check.startInterval = nanoseconds }
        if let count = image?.Retries, count > 0 { check.retries = count }
        guard !check.command.isEmpty || probe != nil || startup != nil else {
            guard self == HealthRequest() else { throw EngineError("--health flags need a command: --health-cmd") }
            return nil
        }
        func duration(_ text: String?, _ flag: String, _ value: inout Int64, least: Int64) throws(EngineError) {
            if let text { value = try DurationFlag.parse(text, flag: flag, least: least) }
        }
        try duration(interval, "--health-interval", &check.interval, least: 1_000_000)
        try duration(timeout, "--health-timeout", &check.timeout, least: 1_000_000)
        try duration(startPeriod, "--health-start-period", &check.startPeriod, least: 0)
        try duration(startInterval, "--health-start-interval", &check.startInterval, least: 1_000_000)
        if let retries {
            check.retries = Int(try Numbers.integer(retries, flag: "--health-retries", in: 1...1_000_000))
        }
        if let onFailure {
            guard HealthCheck.Action(rawValue: onFailure) != nil else {
                throw EngineError.value("--health-on-failure", onFailure, "it is none, kill, restart or stop")
            }
            check.onFailure = onFailure
        }
        return check
    }

    private static var off: HealthRequest {
        var request = HealthRequest()
        request.isOff = true
        return request
    }

    /// A line for a shell, or a JSON array of words; `none` takes the image's away.
    private static func words(_ text: String) throws(EngineError) -> [String] {
        if text == "none" || text.isEmpty { return [] }
        guard text.hasPrefix("[") else { return ["/bin/sh", "-c", text] }
        guard let words = try? JSONValue(parsing: Array(text.utf8)).list({ (word) throws(JSONError) in try word.string }),
            !words.isEmpty
        else { throw EngineError("--health-cmd \"\(text)\": not a JSON array of words") }
        return Self.words(words.first == "CMD" || words.first == "CMD-SHELL" || words.first == "NONE" ? words : ["CMD"] + words)
    }

    /// docker's form: `CMD`, `CMD-SHELL` or `NONE` first.
    private static func words(_ test: [String]) -> [String] {
        switch test.first {
        case "CMD": Array(test.dropFirst())
        case "CMD-SHELL": ["/bin/sh", "-c", test.dropFirst().joined(separator: " ")]
        default: []
        }
    }
}
