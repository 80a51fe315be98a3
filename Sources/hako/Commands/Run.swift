internal import Engine
internal import Flags
internal import Linux

/// Makes a container, starts it, and stays with it unless told to leave.
struct Run: HakoCommand {
    static let name = "run"
    static let summary = "Run a command in a new container."
    static let words = "IMAGE [COMMAND [ARGUMENT...]]"
    static let wordCount = 1...Int.max
    static let wordsBeforeRest = 1

    static let flags: [FlagGroup<Self>] = RunFlags.groups { $1(&$0.flags) }

    var globals = GlobalFlags()
    var words: [String] = []
    var flags = RunFlags()

    func run() throws -> Int32 {
        if let explain = flags.process.explain { try Explain.start(explain) }
        var options = try flags.options(words)
        let keys = try DetachKeys(flags.process.detachKeys ?? DetachKeys.standard)
        let forwards = try Session.forwardsSignals(flags.process.sigProxy)
        let engine = try globals.engine()
        let lock = try flags.chooseImage(&options, engine)
        defer { withExtendedLifetime(lock) {} }
        let made = try NewContainer.make(&options, engine, flags, starts: true)
        if options.terminal, options.interactive, !options.detach, !Terminal.isTerminal(0) {
            Report.warning("standard input is not a terminal: -t gives the container one, but keys are not passed on one by one")
        }
        let settings = made.settings
        let launch = MonitorLaunch(engine, made.record, settings)
        let attachment: Attachment
        do throws(EngineError) {
            try engine.startRequired(by: settings)
            attachment = try launch.start(made.monitor)
        } catch {
            try? ContainerRemoval.discard(made.record.id, engine)
            throw error
        }
        var session = Session(engine, made.record, settings)
        session.removesWhenFailed = true
        if options.detach { return try session.awaitStart(attachment, printing: made.record.id) }
        return try session.accompany(attachment, input: options.interactive, forwardsSignals: forwards, keys: keys)
    }
}

/// What `run` and `create` have in common.
enum NewContainer {
    static func make(
        _ options: inout RunOptions, _ engine: Engine, _ flags: RunFlags, starts: Bool
    ) throws(EngineError) -> ContainerCreation.Made {
        let cidfile = flags.process.cidfile
        options.requires = try options.requires.map { name throws(EngineError) in try engine.find(name).id }
        try flags.isolation.joinPod(&options, engine, network: !flags.network.network.isEmpty)
        if flags.life.replace, let name = options.name { try engine.replace(name) }
        if let cidfile, File.exists(cidfile) {
            throw EngineError("--cidfile \(cidfile) is there already; remove it, or choose another file")
        }
        var size: Terminal.Size?
        if options.terminal {
            for descriptor: CInt in [1, 0, 2] where size == nil && Terminal.isTerminal(descriptor) {
                size = try? Terminal.size(of: descriptor)
            }
        }
        let made = try ContainerCreation(engine, options, terminalSize: size, starts: starts).run()
        for warning in made.warnings { Report.warning(warning) }
        guard let cidfile else { return made }
        do throws(SystemError) {
            try File.open(cidfile, [.write, .create, .exclusive], mode: 0o644).write(made.record.id)
        } catch {
            try? ContainerRemoval.discard(made.record.id, engine)
            throw EngineError("write --cidfile \(cidfile)", error)
        }
        return made
    }
}
