import Foundation
import Testing

extension IntegrationTests {
    @Suite struct ProcessOptionTests {
        static let users: [(options: [String], command: String, expected: [String])] = [
            (["--user", "1000"], "id -u; id -g", ["1000", "1000"]),
            (["--user", "tester"], "id -u; id -g; echo $HOME", ["1000", "1000", "/home/tester"]),
            (["-u", "1000:29"], "id -u; id -g", ["1000", "29"]),
            (["--user", "tester:audio"], "id -u; id -g", ["1000", "29"]),
            (["--user", "4000:5000"], "id -u; id -g", ["4000", "5000"]),
            (["--user", "tester"], "id -G | tr ' ' '\\n' | sort -n", ["29", "1000"]),
            (
                ["--user", "1000", "--group-add", "audio", "--group-add", "77"], "id -G | tr ' ' '\\n' | sort -n",
                ["29", "77", "1000"]
            ),
            (["--workdir", "/tmp"], "pwd", ["/tmp"]),
            (["-w", "/usr/../etc"], "pwd", ["/etc"]),
            (["--env", "A=b c", "-e", "D="], "echo \"$A\" \"[$D]\"", ["b c []"]),
            (["-e", "TERM"], "echo $TERM", ["xterm"]),
            ([], "echo $HOME; echo $PATH | grep -c /usr/local/sbin", ["/root", "1"]),
            (["--hostname", "box"], "echo $HOSTNAME", ["box"]),
            ([], "umask", ["0022"]),
            (["--umask", "0077"], "umask", ["0077"]),
        ]

        @Test(arguments: Identity.allCases, users.indices)
        func option(_ who: Identity, _ index: Int) throws {
            let one = Self.users[index]
            try withHako(who) { hako in
                let result = try hako.spawn(hako.hakoWords(hako.runWords(one.options + ["--", "sh", "-c", one.command]))).finish()
                #expect(result.lines == one.expected, "\(one.options): \(result)")
            }
        }

        @Test func environmentFromAFile() throws {
            try withHako { hako in
                let file = try hako.write("# a comment\nA=1\n\nB=two words\nTERM\n", to: "env")
                let result = try hako.run("--env-file", file, "-e", "A=3", "--", "sh", "-c", "echo $A; echo $B; echo $TERM")
                #expect(result.lines == ["3", "two words", "xterm"], "\(result)")
            }
        }

        @Test func nothingOfTheCallersEnvironmentGoesIn() throws {
            try withHako { hako in
                let names = try hako.run("env").lines.map { $0.split(separator: "=")[0] }
                #expect(!names.contains("LANG") && !names.contains("XDG_RUNTIME_DIR") && !names.contains("USER"), "\(names)")
            }
        }

        @Test func entrypoint() throws {
            try withHako { hako throws in
                #expect(try hako.run("--entrypoint", "/bin/echo", "--", "one", "two").text == "one two")
                #expect(try hako.run("--entrypoint", #"["sh", "-c", "echo $0-$1"]"#, "--", "a", "b").text == "a-b")
            }
        }

        @Test func commandsOptionsAreItsOwn() throws {
            try withHako { hako throws in
                #expect(try hako.run("--", "echo", "--rm", "-it", "--", "--help").text == "--rm -it -- --help")
            }
        }

        @Test func identifierIsWrittenToAFile() throws {
            try withHako { hako in
                let file = hako.path("cid")
                #expect(try hako.run("--cidfile", file, "--", "true").status == 0)
                let text = try String(contentsOfFile: file, encoding: .utf8)
                #expect(text.trimmed.count == 64 && text.trimmed.allSatisfy(\.isHexDigit), "\(text)")
            }
        }
    }
}
