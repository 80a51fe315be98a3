import Foundation
import Testing

extension IntegrationTests {
    /// scripts/hostile-images.py: each is refused with one line, nothing outside is written, and nothing of it stays.
    @Suite(.registry, .fastMachine) struct HostileImageTests {
        /// What a refusal says.
        static let refusals = [
            "bomb-gzip": "HAKO_LAYER_BYTES", "bomb-zstd": "HAKO_LAYER_BYTES", "bomb-tail": "HAKO_LAYER_BYTES",
            "bomb-sparse": "HAKO_LAYER_BYTES", "many-files": "HAKO_LAYER_ENTRIES", "many-implied": "HAKO_LAYER_ENTRIES",
            "climb": "outside the root",
            "climb-root": "outside the root", "climb-below": "outside the root", "hard-link": "outside the root",
            "hard-link-below": "outside the root", "whiteout-climb": "outside the root", "diff-id": "configuration says",
            "diff-count": "has 1 layers and its configuration 2", "replaced": "layer", "longer": ": ",
            "shorter": "shorter",
            "negative": "digest or size", "digest-path": "can be checked", "digest-weak": "can be checked", "foreign": "foreign",
            "no-tar": "not a tar", "cut": "ends in the middle", "manifest-huge": "4194304", "manifest-deep": "128 deep",
            "manifest-empty": "JSON", "config-huge": "configuration", "nested": "index",
        ]
        /// A plain user's differ in what unpacks them.
        private static func attacks(_ who: Identity) -> [(name: String, reason: String)] {
            let all = refusals.sorted { $0.key < $1.key }.map { (name: $0.key, reason: $0.value) }
            return all.filter { attack in
                who == .root || ["bomb", "many", "climb", "hard", "diff-id"].contains { attack.name.hasPrefix($0) }
            }
        }

        private static let limits = ["HAKO_LAYER_BYTES": "16777216", "HAKO_LAYER_ENTRIES": "1000"]

        private func hako(_ hako: Hako, _ words: String...) throws -> Outcome {
            try hako.spawn(hako.hakoWords(words), with: Self.limits).finish()
        }

        /// Checks what is left as well.
        private func withHostileImages(
            _ who: Identity, _ body: (Hako, _ folder: String, _ registry: String) throws -> Void
        ) throws {
            try withHako(who) { hako in
                try withHostileRegistry(hako) { folder, registry in try body(hako, folder, registry) }
                #expect(try String(contentsOfFile: hako.path("victim"), encoding: .utf8) == "before\n")
                #expect(try hako("images", "-q").text == "")
                #expect(try hako("system", "prune").status == 0)
                let left = try host("find", "\(hako.dataRoot)/blobs", "\(hako.dataRoot)/layers", "-mindepth", "2")
                #expect(left.lines.allSatisfy { $0.contains("/locks/") }, "\(left)")
            }
        }

        @Test(arguments: Identity.allCases)
        func noneIsPulled(_ who: Identity) throws {
            try withHostileImages(who) { hako, _, registry in
                for (name, reason) in Self.attacks(who) {
                    let pulled = try self.hako(hako, "pull", "-q", "\(registry)/\(name)")
                    #expect(pulled.status == 125 && pulled.oneErrorLine && pulled.out == "", "\(name): \(pulled)")
                    #expect(pulled.err.contains(reason), "\(name): \(pulled)")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func noneIsLoaded(_ who: Identity) throws {
            try withHostileImages(who) { hako, folder, _ in
                for (name, reason) in Self.attacks(who) {
                    let loaded = try self.hako(hako, "load", "-i", "\(folder)/\(name)")
                    #expect(loaded.status == 125 && loaded.oneErrorLine && loaded.out == "", "\(name): \(loaded)")
                    #expect(loaded.err.contains(name.hasSuffix("-huge") ? "large" : reason), "\(name): \(loaded)")
                }
                for archive in try FileManager.default.contentsOfDirectory(atPath: folder) where archive.hasSuffix(".tar.gz") {
                    let command = String(archive.prefix { $0 != "-" })
                    let words = command == "load" ? ["load", "-i"] : ["import"]
                    let refused = try hako.spawn(hako.hakoWords(words + ["\(folder)/\(archive)"]), with: Self.limits).finish()
                    #expect(refused.status == 125 && refused.oneErrorLine && refused.out == "", "\(archive): \(refused)")
                }
            }
        }

        /// Absolute names and links mean what they mean in a container: they stay inside.
        @Test func linksAndAbsoluteNamesStayInside() throws {
            try withHostileImages(.root) { hako, folder, registry in
                for name in ["fine-absolute", "fine-link"] {
                    let loaded = try hako("load", "-q", "-i", "\(folder)/\(name)")
                    #expect(loaded.status == 0, "\(name): \(loaded)")
                    let mounted = try hako("image", "mount", String(loaded.text.suffix(64))).text
                    #expect(try host("cat", "\(mounted)\(hako.path("victim"))").text == "after", "\(name)")
                    #expect(try hako("image", "unmount", String(loaded.text.suffix(64))).status == 0)
                    #expect(try hako("pull", "-q", "\(registry)/\(name)").status == 0)
                    #expect(try hako("rmi", "-a").status == 0)
                }
            }
        }

        /// A limit that is none is no reason to go without.
        @Test func aLimitIsANumber() throws {
            try withHako { hako in
                let refused = try hako.spawn(hako.hakoWords(["images"]), with: ["HAKO_LAYER_BYTES": "10g"]).finish()
                #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains("HAKO_LAYER_BYTES"), "\(refused)")
            }
        }
    }
}

/// Makes the images of scripts/hostile-images.py, and a file that they are after; serves them as they are.
func withHostileRegistry(_ hako: Hako, _ body: (_ folder: String, _ registry: String) throws -> Void) throws {
    let victim = try hako.write("before\n", to: "victim")
    let (folder, port) = (hako.path("evil"), hako.path("port"))
    let server = try Child(
        ["python3", "\(Machine.scripts)/hostile-images.py", folder, victim, port], environment: Machine.environment)
    defer { server.send(SIGKILL) }
    #expect(eventually(within: 20) { Machine.exists(port) })
    try command("chmod", "-R", "a+rX", folder)
    try body(folder, "127.0.0.1:\(try String(contentsOfFile: port, encoding: .utf8))")
}
