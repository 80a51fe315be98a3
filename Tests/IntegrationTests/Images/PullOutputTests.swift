import Foundation
import Testing

extension IntegrationTests {
    /// What a pull shows, and which registry it asks.
    @Suite(.registry) struct PullOutputTests {
        /// A line of the screen as it stands, without what moves the cursor.
        private func lines(_ screen: String) -> [String] {
            screen.replacing(#/\u{1b}\[[0-9]*[A-Z]/#, with: "\n").split(whereSeparator: \.isNewline).map(String.init)
        }

        /// Also when it becomes narrower while they are drawn.
        @Test(.fastMachine) func barsFitTheTerminal() throws {
            try withHako { hako in
                try withHostileRegistry(hako) { _, registry in
                    for (columns, later) in [(32, 32), (100, 44)] {
                        let terminal = try hako.terminal(["pull", "\(registry)/fine-slow"], columns: UInt16(columns))
                        #expect(terminal.expect("kB/"), "\(terminal.text)")
                        terminal.resize(columns: UInt16(later), rows: 24)
                        let end = try terminal.finish()
                        let shown = lines(end.out)
                        #expect(end.status == 0 && shown.contains { $0.hasSuffix(": done") }, "\(shown)")
                        let bars = shown.filter { $0.contains("kB/") }
                        #expect(bars.count > 2 && bars.allSatisfy { $0.count < columns }, "\(shown)")
                        #expect(bars.suffix(2).allSatisfy { $0.count < later }, "\(shown)")
                        #expect(bars.contains { $0.contains(">") } == (later > 40), "\(bars)")
                        #expect(try hako("rmi", "-a").status == 0)
                    }
                }
            }
        }

        @Test func plainLinesWhereThereIsNoTerminal() throws {
            try withHako { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    let pulled = try hako("pull", name)
                    let said = pulled.err.split(separator: "\n").map(String.init)
                    #expect(said.first == "Pulling \(name):latest" && !pulled.err.contains("\u{1b}"), "\(pulled)")
                    #expect(said.filter { $0.hasSuffix(": done") }.count == 2, "\(pulled)")
                    #expect(said.filter { $0.contains(": downloading ") }.count == 2, "\(pulled)")
                    let quiet = try hako("pull", "--quiet", name)
                    #expect(quiet.err == "" && quiet.out == "\(pulled.text)\n", "\(quiet)")
                    let kind = try hako("manifest", "inspect", "--format", "{{.schemaVersion}} {{len .layers}}", name)
                    #expect(kind.text == "2 2", "\(kind)")
                }
            }
        }

        /// By the tag that stands for them in a registry that has no such list.
        @Test func whatRefersToAnImageIsListed() throws {
            try withHako { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    #expect(try hako("image", "referrers", "--format", "json", name).text == "[]")
                    let digest = try host(
                        "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://\(name)"
                    ).text
                    let index = "application/vnd.oci.image.index.v1+json"
                    let entry = #"{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "\#(digest)", "size": 7"#
                    let list = #"{"schemaVersion": 2, "mediaType": "\#(index)", "manifests": ["#
                    let file = try hako.write(
                        #"\#(list)\#(entry), "artifactType": "text/one"}, \#(entry), "artifactType": "text/two"}]}"#, to: "list")
                    let tag = digest.replacingOccurrences(of: ":", with: "-")
                    try command(
                        "curl", "-fsS", "-X", "PUT", "-H", "Content-Type: \(index)", "--data-binary", "@\(file)",
                        "http://\(registry.host)/v2/test/busybox/manifests/\(tag)")
                    let all = try hako("image", "referrers", "--format", "{{.ArtifactType}} {{.Digest}}", name)
                    #expect(all.lines == ["text/one \(digest)", "text/two \(digest)"], "\(all)")
                    let one = try hako(
                        "image", "referrers", "--artifact-type", "text/two", "--format", "{{.ArtifactType}}", "\(name)@\(digest)")
                    #expect(one.text == "text/two", "\(one)")
                    let none = try hako("image", "referrers", "\(registry.host)/none")
                    #expect(none.status == 125 && none.oneErrorLine, "\(none)")
                }
            }
        }

        /// The next registry is asked where one has no such image, or is not there; not where one is not to be trusted.
        @Test(.fastMachine, arguments: Identity.allCases)
        func shortNamesAreLookedForInOrder(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako) { registry in
                    let (first, second) = ("\(registry.host)/first", "\(registry.host)/second")
                    try command("mkdir", "-p", hako.path("home/.config/containers"))
                    try "unqualified-search-registries = [\"127.0.0.1:1\", \"\(first)\", \"\(second)\"]\n"
                        .write(toFile: hako.path("home/.config/containers/registries.conf"), atomically: true, encoding: .utf8)
                    let none = try hako("pull", "-q", "box")
                    #expect(none.status == 125 && none.oneErrorLine, "\(none)")
                    for place in ["127.0.0.1:1/box", "\(first)/box", "\(second)/box"] {
                        #expect(none.err.contains(place), "\(none)")
                    }
                    #expect(try hako("run", "--rm", "--pull=never", "box").err.contains("no such image"))

                    try registry.push("busybox", as: "second/box:latest")
                    let ran = try hako("run", "--rm", "--network", "none", "box", "cat", "text")
                    #expect(ran.status == 0 && ran.text == "hello", "\(ran)")
                    let found = try hako("pull", "-q", "box")
                    #expect(found.status == 0, "\(found)")
                    #expect(try hako("images", "--format", "{{.Repository}}").text == "\(second)/box")
                    // What is here is found before a registry is asked that comes earlier.
                    try registry.push("odd", as: "first/box:latest")
                    #expect(try hako("pull", "-q", "--policy", "missing", "box").text == found.text)

                    let policy = #"{"default": [{"type": "insecureAcceptAnything"}], "transports": {"docker": {"\#(first)": "#
                    try "\(policy)[{\"type\": \"reject\"}]}}}"
                        .write(toFile: hako.path("home/.config/containers/policy.json"), atomically: true, encoding: .utf8)
                    let refused = try hako("pull", "-q", "box")
                    #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains("rejected"), "\(refused)")
                }
            }
        }
    }
}
