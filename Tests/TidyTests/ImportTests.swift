import Testing

/// Who may import whom: the arrows of docs/architecture.md point down only.
@Suite struct ImportTests {
    static let table: [String: Set<String>] = [
        "Flags": [],
        "JSON": [],
        "YAML": ["JSON", "CYAML"],
        "Linux": ["CLinux", "Glibc", "SystemPackage"],
        "OCI": ["JSON"],
        "EdgeProtocol": ["JSON"],
        "DBus": ["Linux"],
        "Networks": ["DBus", "Linux", "JSON"],
        "Runtime": ["Networks", "DBus", "Linux", "OCI", "JSON", "CSeccomp"],
        "Images": ["Linux", "OCI", "JSON", "CArchive", "Crypto", "FoundationEssentials"],
        "Engine": ["Images", "Networks", "Runtime", "Linux", "OCI", "JSON", "EdgeProtocol", "YAML", "CSQLite"],
        "hako": ["Engine", "Images", "Networks", "Runtime", "Linux", "OCI", "JSON", "Flags", "EdgeProtocol", "YAML"],
        "hako-runtime": ["Networks", "Runtime", "Linux", "OCI", "JSON", "Flags"],
        "Registry": [
            "Linux", "OCI", "JSON", "EdgeProtocol", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL",
            "FoundationEssentials", "Synchronization",
        ],
        "hako-edge": ["Registry", "EdgeProtocol", "Linux", "JSON", "Flags", "Synchronization"],
    ]

    @Test func modulesImportOnlyWhatTheyMay() {
        for file in SourceTree.swift where !file.isTest {
            guard let allowed = Self.table[file.module] else {
                Issue.record("\(file): the import table does not know the module \(file.module)")
                continue
            }
            for (number, text) in file.code {
                guard let module = importedModule(text) else { continue }
                #expect(allowed.contains(module), "\(file):\(number): \(file.module) must not import \(module)")
            }
        }
    }

    @Test func everyModuleOfTheTableIsThere() {
        let modules = Set(SourceTree.swift.filter { !$0.isTest }.map(\.module))
        #expect(modules == Set(Self.table.keys))
    }

    /// `Linux` of `internal import Linux`, or nil.
    private func importedModule(_ line: String) -> String? {
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
            first.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains(first)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count >= 2 else { return nil }
        let kinds = ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }
}
