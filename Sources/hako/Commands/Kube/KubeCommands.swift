internal import Engine
internal import Flags
internal import Linux
internal import YAML

/// A file of Kubernetes' objects, or standard input.
enum KubeFile {
    static func read(_ path: String) throws(EngineError) -> [KubeObject] {
        let limit = YAMLReader.mostBytes + 1
        let bytes = try attempt("read \(path)") { () throws(SystemError) in
            path == "-" ? try StandardStreams.duplicateInput().readToEnd(limit: limit) : try File.read(path, limit: limit)
        }
        return try KubeObject.read(bytes, file: path == "-" ? "standard input" : path)
    }

    static func print(_ pods: [Pod]) { for pod in pods { Report.line(pod.id) } }
}

/// Makes what a file of Kubernetes' objects describes.
struct KubePlay: HakoCommand {
    static let name = "kube play"
    static let summary = "Make and start the pods that a file of Kubernetes' objects describes."
    static let words = "FILE|-"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("replace", help: "Remove the file's pods first.") { $0.replace = $1 },
                .toggle("down", help: "Remove what the file describes: kube down.") { $0.down = $1 },
                .value("network", of: "NETWORK", help: "The pods' network, as with run (default: the usual one).") {
                    $0.network.network.append($1)
                },
                .optional("start", of: "BOOL", default: "true", help: "Start the pods (default: true).") { $0.start = $1 },
            ]),
        FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var network = NetworkFlags()
    var replace = false
    var down = false
    var start: String?

    func run() throws -> Int32 {
        guard let starts = Numbers.boolean(start ?? "true") else {
            throw EngineError.value("--start", start ?? "", "it is true or false")
        }
        if down, replace || start != nil { throw EngineError("--down goes with neither --replace nor --start") }
        let objects = try KubeFile.read(words[0])
        let engine = try globals.engine()
        let preparation = KubePreparation(engine)
        let plan = try preparation.plan(objects)
        if down {
            KubeFile.print(try preparation.takeAway(plan, claims: false))
            return 0
        }
        if !starts, let pod = plan.pods.first(where: { $0.containers.contains(where: \.isInit) }) {
            throw EngineError("--start=false: pod \(pod.name) has initContainers, which run before the others are made")
        }
        if replace { _ = try preparation.takeAway(plan, claims: false) }
        try preparation.prepare(plan)
        var code: Int32 = 0
        for planned in plan.pods {
            let pod = try PodCreation(engine, try connected(planned.request)).run()
            do throws(EngineError) { try make(planned.containers, in: pod, engine) } catch {
                // One of which a container has run stays, for its logs.
                if try engine.statuses(of: pod).allSatisfy({ $0 == .created }) { try PodLife(engine, pod).remove(force: true) }
                throw error
            }
            for error in starts ? try PodLife(engine, pod).start() : [] {
                Report.error(error.message)
                code = error.exitCode
            }
            Report.line("Pod:\n\(pod.id)\nContainers:")
            for record in try engine.members(of: pod) { Report.line(record.id) }
        }
        return code
    }

    private func connected(_ asked: PodRequest) throws(EngineError) -> PodRequest {
        var request = asked
        let (namespace, networking) = try network.parsed()
        guard request.network == .own else { return request }
        request.network = namespace
        request.networking.mode = networking.mode
        return request
    }

    private func make(_ containers: [KubePlan.Container], in pod: Pod, _ engine: Engine) throws(EngineError) {
        for container in containers {
            var options = container.options
            options.join(pod, except: container.given)
            var flags = RunFlags()
            flags.registry = registry
            if let pull = container.pull { flags.process.pull = pull.rawValue }
            let lock = try flags.chooseImage(&options, engine)
            defer { withExtendedLifetime(lock) {} }
            let made = try ContainerCreation(engine, options, terminalSize: nil, starts: false).run()
            for warning in container.warnings + made.warnings { Report.warning(warning) }
            if container.isInit { try runToTheEnd(made, engine) }
        }
    }

    private func runToTheEnd(_ made: ContainerCreation.Made, _ engine: Engine) throws(EngineError) {
        let record = made.record
        try MonitorLaunch(engine, record, made.settings).startAgain().awaitStart(record.name)
        let code = try ContainerSignal(engine, record).wait()
        guard code == 0 else {
            throw EngineError("the initContainer \(record.name) ended with \(code); hako logs \(record.name) may say why")
        }
        try ContainerRemoval.remove(record, engine, force: false)
    }
}

/// Removes what a file of Kubernetes' objects describes.
struct KubeDown: HakoCommand {
    static let name = "kube down"
    static let summary = "Stop and remove what a file of Kubernetes' objects describes."
    static let words = "FILE|-"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("force", help: "With the volumes of its PersistentVolumeClaims.") { $0.force = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false

    func run() throws -> Int32 {
        let objects = try KubeFile.read(words[0])
        let preparation = KubePreparation(try globals.engine())
        KubeFile.print(try preparation.takeAway(try preparation.plan(objects), claims: force))
        return 0
    }
}

/// Describes containers and pods as Kubernetes' objects.
struct KubeGenerate: HakoCommand {
    static let name = "kube generate"
    static let summary = "Print containers or pods as Kubernetes' objects, in YAML."
    static let words = "CONTAINER|POD..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.value("filename", "f", of: "FILE", help: "A file to write to.") { $0.filename = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var filename: String?

    func run() throws -> Int32 {
        var generation = KubeGeneration(try globals.engine())
        let text = try generation.text(words)
        guard let filename else {
            Report.output(text)
            return 0
        }
        try attempt("write \(filename)") { () throws(SystemError) in
            try File.open(filename, [.write, .create, .exclusive], mode: 0o644).write(text)
        }
        return 0
    }
}
