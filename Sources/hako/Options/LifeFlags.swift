internal import Engine
internal import Flags

/// What becomes of a container while it lives, and of what it says.
struct LifeFlags: FlagSet {
    var restart: String?
    var health = HealthRequest()
    var logDriver: String?
    var logOptions: [String] = []
    var replace = false
    var requires: [String] = []

    static let flags: [Flag<Self>] = [
        .value("restart", of: "POLICY", help: "Start again at the end: no, on-failure[:TIMES], always, unless-stopped.") {
            $0.restart = $1
        },
        .value("health-cmd", of: "LINE", help: "A line for a shell, or a JSON array, that says whether it is well.") {
            $0.health.command = $1
        },
        .value("health-interval", of: "TIME", help: "Between checks (default: 30s).") { $0.health.interval = $1 },
        .value("health-timeout", of: "TIME", help: "How long a check may take (default: 30s).") { $0.health.timeout = $1 },
        .value("health-retries", of: "N", help: "As many failures make it unhealthy (default: 3).") { $0.health.retries = $1 },
        .value("health-start-period", of: "TIME", help: "Failures in this time after the start do not count.") {
            $0.health.startPeriod = $1
        },
        .value("health-start-interval", of: "TIME", help: "Between checks in the start period (default: 5s).") {
            $0.health.startInterval = $1
        },
        .value("health-on-failure", of: "ACTION", help: "When it is unhealthy: none, kill, restart or stop.") {
            $0.health.onFailure = $1
        },
        .toggle("no-healthcheck", help: "Leave the image's check out.") { $0.health.isOff = $1 },
        .value("log-driver", of: "NAME", help: "k8s-file, json-file, journald, none or passthrough (default: k8s-file).") {
            $0.logDriver = $1
        },
        .value("log-opt", of: "KEY=VALUE", help: "max-size=SIZE and max-file=N of log files; tag=TEXT in the journal.") {
            $0.logOptions.append($1)
        },
        .toggle("replace", help: "Remove the container that has the name first.") { $0.replace = $1 },
        .value("requires", of: "CONTAINER", help: "Containers that are started before this one.") {
            $0.requires += $1.split(separator: ",").map(String.init)
        },
    ]

    func apply(to options: inout RunOptions) throws(EngineError) {
        options.restart = try restart.map { text throws(EngineError) in try RestartFlag.parse(text) }
        options.health = health
        options.log = try LogRequest(driver: logDriver, options: logOptions)
        options.requires = requires
        if replace, options.name == nil { throw EngineError("--replace needs a --name: it replaces who has it") }
    }
}
