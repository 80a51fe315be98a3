internal import JSON
internal import Linux

/// The secrets there are: a directory each below `secrets`, the content in `data`.
///
/// What protects them: the file's mode 0600 below directories of 0700, all the owner's. They are not encrypted: who reads this
/// disk as root, or as the plain user they belong to, reads them.
package struct SecretStore: Sendable {
    private let directories: NamedDirectories

    init(_ locations: Locations) { directories = NamedDirectories(root: "\(locations.root)/secrets", kind: "secret") }

    /// The name of the file with what is secret.
    static let content = "data"

    func directory(_ record: SecretRecord) -> String { directories.place(record.name) }

    /// All, by name.
    package func all() throws(EngineError) -> [SecretRecord] {
        var records: [SecretRecord] = []
        for name in directories.names() { if let record = try named(name) { records.append(record) } }
        return records
    }

    /// By its name, its id, or the beginning of the id of one only.
    package func find(_ text: String) throws(EngineError) -> SecretRecord? {
        if let record = try named(text) { return record }
        guard !text.isEmpty else { return nil }
        let found = try all().filter { $0.id.hasPrefix(text) }
        guard found.count < 2 else { throw EngineError("more than one secret's id begins with \(text); give more of it") }
        return found.first
    }

    package func require(_ text: String) throws(EngineError) -> SecretRecord {
        guard let record = try find(text) else { throw EngineError("no such secret: \(text) (hako secret ls lists them)") }
        return record
    }

    private func named(_ name: String) throws(EngineError) -> SecretRecord? {
        guard (try? SecretRecord.check(name)) != nil else { return nil }
        guard let bytes = try directories.read("secret.json", of: name) else { return nil }
        guard let record = try? SecretRecord(parsing: bytes), record.name == name else {
            let place = directories.place(name)
            throw EngineError("\(place)/secret.json is damaged; remove \(place), and make the secret again")
        }
        return record
    }

    /// Makes a secret. Whoever calls holds `Locations.lock` shared.
    ///
    /// - Returns: false where there is one of that name already.
    package func make(_ record: SecretRecord, content: [UInt8]) throws(EngineError) -> Bool {
        try directories.make(record.name) { (directory) throws(SystemError) in
            for (name, bytes) in [(Self.content, content), ("secret.json", record.json.bytes())] {
                let file = try directory.open(name, [.write, .create, .exclusive], mode: 0o600)
                try file.write(bytes)
                try file.synchronize()
            }
        }
    }

    package func content(_ record: SecretRecord) throws(EngineError) -> [UInt8] {
        try attempt("read the secret \(record.name)") { () throws(SystemError) in
            try File.read("\(directory(record))/\(Self.content)", limit: 1 << 20)
        }
    }

    /// Gives a secret another content and other labels, whole or not at all.
    package func replace(_ found: SecretRecord, _ record: SecretRecord, content: [UInt8]) throws(EngineError) {
        try attempt("replace the secret \(found.name)") { () throws(SystemError) in
            try File.replace("\(directory(found))/\(Self.content)", with: content)
            try File.replace("\(directory(found))/secret.json", with: record.json.bytes())
        }
    }

    /// Containers that were made with it keep it.
    package func remove(_ record: SecretRecord, _ engine: Engine) throws(EngineError) {
        try directories.remove(record.name, engine)
    }

    func mend(_ engine: Engine) throws(EngineError) -> [String] { try directories.mend(engine) }
}

extension Engine {
    package var secrets: SecretStore { SecretStore(locations) }
}
