internal import Engine
internal import Flags

/// Finds what a crash left half made, and mends it.
struct SystemCheckCommand: HakoCommand {
    static let name = "system check"
    static let summary = "Find and mend what a crash left behind."

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let repaired = try DatabaseRepair.run(try globals.locations())
        for line in repaired { Report.line(line) }
        let engine = try globals.engine()
        if let code = try engine.again(["system", "check"]) { return code }
        let lines = try SystemCheck(engine).run()
        for line in lines { Report.line(line) }
        if repaired.isEmpty, lines.isEmpty { Report.line("nothing to mend") }
        return 0
    }
}

/// Removes what is not used: ended containers, images without a name, content that none has, what crashes left.
struct SystemPrune: HakoCommand {
    static let name = "system prune"
    static let summary = "Remove ended containers, images without a name, and what crashes left."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "All images that no container is made of.") { $0.all = $1 },
                .toggle("force", "f", help: "As it is: nothing is asked.") { $0.force = $1 },
                .toggle("volumes", help: "Volumes that no container uses and that have no name of yours.") { $0.volumes = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var force = false
    var volumes = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.again(["system", "prune"] + (all ? ["--all"] : []) + (volumes ? ["--volumes"] : [])) {
            return code
        }
        for pod in try engine.pods() where try !engine.statuses(of: pod).contains(where: \.isLive) {
            try PodLife(engine, pod).remove(force: false)
            Report.line("deleted pod: \(pod.id)")
        }
        // The newest first: those that share come before what they share.
        for record in try engine.store.all() where try !engine.isNeeded(record) {
            switch try engine.status(record.id) {
            case .exited, .created:
                try ContainerRemoval.remove(record, engine, force: false)
                Report.line("deleted container: \(record.id)")
            case .running, .paused, .restarting: break
            }
        }
        for line in try SystemCheck(engine).run() { Report.line(line) }
        if Engine.isPrivileged {
            for name in try NetworkRemoval(engine).prune(where: { _ in true }) { Report.line("deleted network: \(name)") }
        }
        var bytes: Int64 = 0
        if volumes {
            let pruned = try VolumeRemoval(engine).prune(all: false) { _ in true }
            for name in pruned.names { Report.line("deleted volume: \(name)") }
            bytes += pruned.bytes
        }
        let (removed, outcome) = try ImageCollection(engine).prune(all: all)
        for line in removed { Report.line(line) }
        Report.line("Total reclaimed space: \(ByteText.text(bytes + outcome.bytes))")
        return 0
    }
}
