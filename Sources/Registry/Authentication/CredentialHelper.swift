internal import EdgeProtocol
internal import JSON
internal import Linux
internal import NIOPosix

/// A program `docker-credential-NAME` that keeps credentials elsewhere (docker's credential helper protocol).
struct CredentialHelper: Sendable {
    let name: String

    /// Milliseconds.
    static let patience: Int32 = 10_000
    static let largestAnswer = 1 << 20

    /// What it has for a server; nil for nothing.
    func get(_ server: String) async throws -> Credentials? {
        let (code, output) = try await run("get", server)
        guard code == 0 else {
            let said = OneLine.text(String(decoding: output, as: UTF8.self))
            if said.contains("not found") { return nil }
            throw RegistryError(.local, "docker-credential-\(name) fails for \(server): \(said)")
        }
        guard let json = try? JSONValue(parsing: output), case .object(let object) = json,
            case .string(let username) = object["Username"] ?? .null, case .string(let secret) = object["Secret"] ?? .null
        else { throw RegistryError(.local, "docker-credential-\(name) answers with what are no credentials") }
        if username == "<token>" { return .identityToken(secret) }
        return username.isEmpty ? nil : .password(username: username, password: secret)
    }

    func store(_ server: String, username: String, password: String) async throws {
        let entry: JSONValue = ["ServerURL": .string(server), "Username": .string(username), "Secret": .string(password)]
        try check(await run("store", entry.text()), "keeps nothing for \(server)")
    }

    func erase(_ server: String) async throws { try check(await run("erase", server), "does not forget \(server)") }

    private func check(_ result: (code: Int32, output: [UInt8]), _ what: String) throws {
        guard result.code != 0 else { return }
        let said = OneLine.text(String(decoding: result.output, as: UTF8.self))
        throw RegistryError(.local, "docker-credential-\(name) \(what): \(said)")
    }

    private func run(_ verb: String, _ input: String) async throws -> (code: Int32, output: [UInt8]) {
        let program = try find()
        return try await NIOThreadPool.singleton.runIfActive { try Self.run(program, verb, input) }
    }

    private func find() throws -> String {
        let isPlain = name.utf8.allSatisfy {
            (48...57).contains($0) || (97...122).contains($0 | 32) || [45, 46, 95].contains($0)
        }
        guard isPlain, !name.isEmpty else { throw RegistryError(.local, "\"\(name)\" is no name of a credential helper") }
        for folder in (Environment.value("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/docker-credential-\(name)"
            if (try? File.checkExecutable(path)) != nil { return path }
        }
        throw RegistryError(.local, "the auth file names the helper docker-credential-\(name), which is not in PATH")
    }

    private static func run(_ program: String, _ verb: String, _ input: String) throws -> (code: Int32, output: [UInt8]) {
        let given = try File.inMemory("credentials", holding: Array(input.utf8))
        let (readEnd, writeEnd) = try Pipes.make()
        let output = Descriptor(owning: readEnd)
        let pid: Int32
        do {
            let closing = Descriptor(owning: writeEnd)
            let child = Spawn(path: program, arguments: [program, verb], descriptors: [0: given.raw, 1: closing.raw, 2: 2])
            pid = try child.start()
        }
        var answer: [UInt8] = []
        do {
            let deadline = ContinuousClock.now + .milliseconds(Int(patience))
            while true {
                var poll = Poll()
                poll.watch(output.raw, .readable)
                let left = (deadline - .now) / .milliseconds(1)
                guard left > 0, try poll.wait(milliseconds: Int32(left) + 1) else {
                    throw RegistryError(.local, "\(program) \(verb) takes longer than 10 seconds")
                }
                let part = try output.read(upTo: 65536)
                if part.isEmpty { break }
                answer += part
                guard answer.count <= largestAnswer else { throw RegistryError(.local, "\(program) \(verb) says too much") }
            }
        } catch {
            try? Processes.kill(pid, 9)
            _ = try? Processes.wait(for: pid)
            throw error
        }
        return (try Processes.wait(for: pid), answer)
    }
}
