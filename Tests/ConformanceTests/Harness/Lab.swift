import Foundation

/// One requirement's private place: a state directory, bundles, and what it started, all cleared away afterwards.
final class Lab {
    let directory: String
    let group: String
    private var containers: [String] = []
    private var helpers: [Command] = []
    private var count = 0

    init() throws {
        let name = "\(UInt32.random(in: 0 ... .max))"
        directory = "\(Machine.workDirectory)/\(name)"
        group = "/hako-conformance/\(name)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        chmod(directory, 0o755)
    }

    var stateRoot: String { "\(directory)/state" }

    /// A path in this lab.
    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
        return path(name)
    }

    func read(_ name: String) -> String { Machine.read(path(name)) ?? "" }

    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        return path(name)
    }

    /// A root file system that this lab may write to.
    func privateRoot() throws -> String {
        let target = path("rootfs")
        if !Machine.exists(target) { try host("cp", "-a", Machine.rootfs, target) }
        return target
    }

    // MARK: Commands

    func next() -> String {
        count += 1
        return "c\(count)"
    }

    /// `RUNTIME --root DIR WORDS…`
    func command(
        _ words: [String], globals: [String] = [], stdin: String = "", in folder: String? = nil, descriptors: [CInt] = []
    ) throws -> Command {
        count += 1
        return try Command(
            [Machine.runtime, "--root", stateRoot] + globals + words, in: folder ?? directory, outputs: path("command-\(count)"),
            stdin: stdin, descriptors: descriptors)
    }

    @discardableResult
    func runtime(_ words: String..., stdin: String = "") throws -> Outcome { try command(words, stdin: stdin).finish() }

    /// A program of the host, which has to succeed.
    @discardableResult
    func host(_ words: String..., stdin: String = "") throws -> String {
        count += 1
        let result = try Command(words, in: directory, outputs: path("host-\(count)"), stdin: stdin).finish()
        guard result.status == 0 else { throw Unmet("on the host, \(words.joined(separator: " ")): \(result)") }
        return result.text
    }

    /// A program of the host that goes on until the lab is cleared away.
    func helper(_ words: String...) throws -> Command {
        count += 1
        let helper = try Command(words, in: directory, outputs: path("helper-\(count)"))
        helpers.append(helper)
        return helper
    }

    // MARK: Containers

    /// A configuration that runs a shell script.
    func config(_ script: String, _ change: (inout Config) throws -> Void = { _ in }) throws -> Config {
        var config = Config(args: ["/bin/sh", "-c", script], rootfs: Machine.rootfs, cgroupsPath: "\(group)/c")
        try change(&config)
        return config
    }

    /// Writes a bundle and gives its path.
    func bundle(_ config: Config) throws -> String {
        count += 1
        let bundle = try folder("bundle-\(count)")
        try JSONSerialization.data(withJSONObject: config.json).write(to: URL(filePath: "\(bundle)/config.json"))
        return bundle
    }

    /// Remembers an id to be cleared away.
    func own(_ id: String) -> String {
        containers.append(id)
        return id
    }

    /// Runs a container to its end.
    func run(
        _ script: String, _ options: [String] = [], globals: [String] = [], _ change: (inout Config) throws -> Void = { _ in }
    ) throws -> Outcome {
        let id = own(next())
        let words = ["run", "--bundle", try bundle(try config(script, change))] + options + [id]
        return try command(words, globals: globals).finish()
    }

    /// What a container prints that has to end with 0.
    func output(
        _ script: String, _ options: [String] = [], _ change: (inout Config) throws -> Void = { _ in }
    ) throws -> String {
        let result = try run(script, options, change)
        guard result.status == 0 else { throw Unmet("\(result)") }
        return result.text
    }

    /// A container that was made and waits for start.
    func create(
        _ script: String, _ options: [String] = [], _ change: (inout Config) throws -> Void = { _ in }
    ) throws -> Container {
        let (container, command) = try begin("create", script, options, change)
        let result = try command.finish()
        guard result.status == 0 else { throw Unmet("create: \(result)") }
        return container
    }

    /// A container whose command runs.
    func start(
        _ script: String, _ options: [String] = [], _ change: (inout Config) throws -> Void = { _ in }
    ) throws -> Container {
        let container = try create(script, options, change)
        try container.start()
        return container
    }

    private func begin(
        _ verb: String, _ script: String, _ options: [String], _ change: (inout Config) throws -> Void
    ) throws -> (Container, Command) {
        let id = own(next())
        let bundle = try bundle(try config(script, change))
        let command = try command([verb, "--bundle", bundle] + options + [id])
        return (Container(lab: self, id: id, bundle: bundle, command: command), command)
    }

    /// A configuration that a container has to run with.
    func accepts(_ options: [String] = [], _ change: (inout Config) throws -> Void = { _ in }) throws {
        let result = try run("echo it ran", options, change)
        guard result.status == 0, result.text == "it ran" else { throw Unmet("\(result)") }
    }

    /// That the runtime can run a container at all: where it is to refuse one.
    func works() throws {
        let good = try run("echo it ran")
        guard good.status == 0, good.text == "it ran" else { throw Unmet("a plain container does not run: \(good)") }
    }

    /// A configuration that has to be refused, though without the change it is taken; and nothing may be left of it.
    func refuses(_ what: String, _ change: (inout Config) throws -> Void) throws {
        try works()
        let bad = try run("echo it ran", change)
        guard bad.status != 0 else { throw Unmet("\(what) is accepted") }
        guard !bad.timedOut else { throw Unmet("\(what): \(bad)") }
        guard !bad.out.contains("it ran") else { throw Unmet("\(what) is an error only after the command ran") }
        guard let id = containers.last, try runtime("state", id).status != 0 else {
            throw Unmet("\(what) is refused, but a container is left")
        }
    }

    func run(_ script: String, _ change: (inout Config) throws -> Void) throws -> Outcome { try run(script, [], change) }
    func output(_ script: String, _ change: (inout Config) throws -> Void) throws -> String { try output(script, [], change) }
    func create(_ script: String, _ change: (inout Config) throws -> Void) throws -> Container { try create(script, [], change) }
    func start(_ script: String, _ change: (inout Config) throws -> Void) throws -> Container { try start(script, [], change) }

    // MARK: The end

    func clear() {
        for helper in helpers { helper.send(SIGKILL) }
        helpers.removeAll()
        for id in containers.reversed() where Machine.exists("\(stateRoot)/\(id)") { _ = try? runtime("delete", "--force", id) }
        for tree in Machine.groupTrees {
            let below = FileManager.default.enumerator(atPath: tree + group)?.compactMap { $0 as? String } ?? []
            let groups = ([tree + group] + below.map { "\(tree)\(group)/\($0)" }).filter { Machine.exists("\($0)/cgroup.procs") }
            for path in groups.sorted(by: >) { Self.empty(path) }
            rmdir("\(tree)/hako-conformance")
        }
        _ = try? host(
            "sh", "-c",
            "awk -v d=\(directory)/ 'index($5, d) == 1 {print $5}' /proc/self/mountinfo | sort -r | xargs -r umount -l")
        _ = try? host("rm", "-rf", "--one-file-system", "\(directory)")
    }

    /// Removes a group, ending what a runtime left in it.
    private static func empty(_ path: String) {
        try? "0".write(toFile: "\(path)/cgroup.freeze", atomically: false, encoding: .utf8)
        try? "THAWED".write(toFile: "\(path)/freezer.state", atomically: false, encoding: .utf8)
        _ = eventually(within: 2) {
            for pid in (Machine.read("\(path)/cgroup.procs") ?? "").split(separator: "\n").compactMap({ pid_t($0) }) where pid > 1
            {
                kill(pid, SIGKILL)
            }
            return rmdir(path) == 0 || errno == ENOENT
        }
    }
}

/// Gives a requirement its lab and clears it away.
func withLab(_ body: (Lab) throws -> Void) throws {
    let lab = try Lab()
    defer { lab.clear() }
    try body(lab)
}
