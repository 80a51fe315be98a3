internal import Engine
internal import Flags
internal import Linux

// What is done to the containers of pods, all at once.

/// A command that does one thing to each pod it is given.
protocol PodCommand: HakoCommand {
    var all: Bool { get set }
}

extension PodCommand {
    static var forAll: Flag<Self> { .toggle("all", "a", help: "All pods.") { $0.all = $1 } }

    /// Does something to each pod named, or to all; each is tried, also after one that failed.
    func forEachPod(_ body: (PodLife) throws(EngineError) -> [EngineError]) throws -> Int32 {
        guard all == words.isEmpty else { throw UsageError("name a pod, or give --all") }
        let engine = try globals.engine()
        var code: Int32 = 0
        func complain(_ error: EngineError) {
            Report.error(error.message)
            code = error.exitCode
        }
        for name in all ? try engine.pods().map(\.name) : words {
            do throws(EngineError) {
                let errors = try body(PodLife(engine, try engine.pod(name)))
                errors.forEach(complain)
                if errors.isEmpty { Report.line(name) }
            } catch { complain(error) }
        }
        return code
    }
}

/// One that asks the containers to end first.
protocol PodStopping: PodCommand {
    var time: String? { get set }
}

extension PodStopping {
    static var graceTime: Flag<Self> {
        .value("time", "t", of: "SECONDS", help: "Seconds until SIGKILL; -1 for never (default: each one's own, or 10).") {
            $0.time = $1
        }
    }
}

struct PodStart: PodCommand {
    static let name = "pod start"
    static let summary = "Start all containers of pods."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [FlagGroup("Flags", [forAll])]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false

    func run() throws -> Int32 {
        try forEachPod { life throws(EngineError) in try life.start() }
    }
}

struct PodStop: PodStopping {
    static let name = "pod stop"
    static let summary = "Stop all containers of pods."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [forAll, graceTime])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var time: String?

    func run() throws -> Int32 {
        let seconds = try StopGrace.seconds(time)
        return try forEachPod { life throws(EngineError) in try life.stop(seconds: seconds) }
    }
}

struct PodRestart: PodStopping {
    static let name = "pod restart"
    static let summary = "Stop all containers of pods and start them again."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [forAll, graceTime])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var time: String?

    func run() throws -> Int32 {
        let seconds = try StopGrace.seconds(time)
        return try forEachPod { life throws(EngineError) in
            let errors = try life.stop(seconds: seconds)
            return errors.isEmpty ? try life.start() : errors
        }
    }
}

struct PodKill: PodCommand {
    static let name = "pod kill"
    static let summary = "Send a signal to all containers of pods."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags", [forAll, .value("signal", "s", of: "SIGNAL", help: "A name or number (default: KILL).") { $0.signal = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var signal = "KILL"

    func run() throws -> Int32 {
        let number = try signalNumber(signal, "--signal")
        return try forEachPod { life throws(EngineError) in try life.kill(number) }
    }
}

struct PodPause: PodCommand {
    static let name = "pod pause"
    static let summary = "Freeze all containers of pods."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [FlagGroup("Flags", [forAll])]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false

    func run() throws -> Int32 {
        try forEachPod { life throws(EngineError) in try life.pause() }
    }
}

struct PodUnpause: PodCommand {
    static let name = "pod unpause"
    static let summary = "Let the frozen containers of pods go on."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [FlagGroup("Flags", [forAll])]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false

    func run() throws -> Int32 {
        try forEachPod { life throws(EngineError) in try life.unpause() }
    }
}

struct PodRemove: PodCommand {
    static let name = "pod rm"
    static let summary = "Remove pods with all their containers."
    static let words = "POD..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                forAll, .toggle("force", "f", help: "Kill what runs; a pod that is not there is fine.") { $0.force = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var force = false

    func run() throws -> Int32 {
        var command = self
        if force, !all {
            let engine = try globals.engine()
            command.words = try words.filter { word in try engine.podIfThere(word) != nil }
            if command.words.isEmpty { return 0 }
        }
        return try command.forEachPod { life throws(EngineError) in
            try life.remove(force: force)
            return []
        }
    }
}

/// Removes pods of which nothing runs.
struct PodPrune: HakoCommand {
    static let name = "pod prune"
    static let summary = "Remove pods of which no container runs."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("force", "f", help: "As it is: nothing is asked.") { $0.force = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        for pod in try engine.pods() where try !engine.statuses(of: pod).contains(where: \.isLive) {
            try PodLife(engine, pod).remove(force: false)
            Report.line(pod.id)
        }
        return 0
    }
}

/// Says by its exit code whether there is a pod.
struct PodExists: HakoCommand {
    static let name = "pod exists"
    static let summary = "Exit with 0 if there is the pod, with 1 if there is none."
    static let words = "POD"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 { try globals.engine().podIfThere(words[0]) == nil ? 1 : 0 }
}

/// Prints what a pod's containers have written.
struct PodLogs: HakoCommand {
    static let name = "pod logs"
    static let summary = "Print the output of a pod's containers."
    static let words = "POD"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", Logs.flags.flatMap(\.flags).lifted { $1(&$0.logs) }),
        FlagGroup("Pod", [.value("container", "c", of: "NAME", help: "Of this container only.") { $0.container = $1 }]),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var logs = Logs()
    var container: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let pod = try engine.pod(words[0])
        var names = try engine.members(of: pod).map(\.name)
        if let container {
            let name = try engine.find(container).name
            guard names.contains(name) else { throw EngineError("container \(name) is not in pod \(pod.name)") }
            names = [name]
        }
        guard !names.isEmpty else { return 0 }
        var logs = logs
        logs.globals = globals
        logs.words = names
        logs.names = logs.names || names.count > 1
        return try logs.run()
    }
}
